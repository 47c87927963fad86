// The screen of gobi tui on a source of the test: lists, details, actions, filters, what happens by itself, terminals of every size (GR-100 to GR-104).
import { afterEach, describe, expect, it } from "vitest";
import { KEYS } from "../../cli/tui/keys.ts";
import { SECTION_NAMES, type SectionName } from "../../cli/tui/section-names.ts";
import { SECTIONS } from "../../cli/tui/sections.ts";
import { listing, type SourceDouble, sourceDouble } from "./source-double.ts";
import { BYTES, checkFits, openScreen, type ScreenTestClock, screenClock, type TestScreen } from "./support.ts";

const PROCEDURES = listing(
  "name parameters returns status version modified_at",
  ["add_order", "who string, total int", "int", "valid", "1", "2026-11-21T11:57:00Z"],
  ["nightly", "", "void", "valid", "3", "2026-11-20T12:00:00Z"],
);
const SOURCE = 'procedure add_order(who string) {\n  print "hello"\n}';

let screen: TestScreen | undefined;
let clock: ScreenTestClock;
let source: SourceDouble;
afterEach(() => {
  screen?.close();
  screen = undefined;
});

function show(section: SectionName, columns = 80, rows = 24, made: SourceDouble = sourceDouble()): TestScreen {
  source = made;
  source.answer(/^LIST PROCEDURES$/u, PROCEDURES);
  source.answer(/^SHOW PROCEDURE `add_order`$/u, listing("name version source", ["add_order", "1", SOURCE]));
  source.answer(/system\.dependencies/u, listing("does kind name columns", ["write", "table", "main.orders", null]));
  clock = screenClock();
  screen = openScreen(source, { section, columns, rows, clock });
  return screen;
}

/** Lets what was asked be answered, and what waits a moment begin. */
async function settle(): Promise<void> {
  for (let round = 0; round < 8; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a list", () => {
  it("GR-100: opens on its section and shows who, where and how it is", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.until("ready");
    expect(shown.lines().slice(0, 6)).toMatchInlineSnapshot(`
      [
        " gobi  shop-12345678  ready  epoch 7 · 2 sessions · as owner",
        " 1 overview  2 procedures  3 functions  4 triggers  5 schedules  6 pipelines  7…",
        "─ procedures 2 ─────────────────────────────────────────────────────────────────",
        "  name       parameters             returns  status  version  modified at",
        "▸ add_order  who string, total int  int      valid         1  3 min ago",
        "  nightly                           void     valid         3  1 d ago",
      ]
    `);
  });

  it.each([
    [80, 24],
    [20, 9],
    [120, 40],
  ])("fits a terminal of %i by %i in every section, with wide and hostile texts", async (columns, rows) => {
    const double = sourceDouble();
    const hostile = `漢字${"x".repeat(90)}\u001b[31m\r\n\t\u0007`;
    double.answer(
      /./u,
      listing(
        "name status run_id session_id label",
        ...Array.from({ length: 45 }, (_, at) => [`${hostile}${at}`, "failed", `R${at}`, String(at), hostile]),
      ),
    );
    const shown = show("overview", columns, rows, double);
    for (const section of columns === 80 ? SECTION_NAMES : (["overview", "procedures", "runs"] as const)) {
      shown.controller.go(section);
      await settle();
      checkFits(shown, columns, rows);
      for (const page of SECTIONS[section].details.slice(0, 1)) {
        await shown.press(BYTES.enter);
        await shown.until(`[${page.name.slice(0, 4)}`);
        await settle();
        checkFits(shown, columns, rows);
        await shown.press(BYTES.right);
      }
      expect(shown.lines().join("")).not.toMatch(/\u001b\[31m|\u0007/u);
    }
  });

  it("too small a terminal says what is needed, and comes back when it is resized", async () => {
    const shown = show("procedures", 80, 24);
    await shown.until("add_order");
    shown.resize(15, 5);
    await shown.until(/^gobi tui needs/u);
    shown.resize(100, 30);
    await shown.until("add_order");
    await settle();
    checkFits(shown, 100, 30);
  });

  it("scrolls: the chosen row is always to be seen", async () => {
    const double = sourceDouble();
    double.answer(
      /^LIST TRIGGERS$/u,
      listing("name enabled", ...Array.from({ length: 300 }, (_, at) => [`trigger_${at}`, "yes"])),
    );
    const shown = show("triggers", 80, 24, double);
    await shown.until("▸ trigger_0 ");
    await shown.press(BYTES.down, "j");
    await shown.until("▸ trigger_2 ");
    await shown.press(BYTES.pageDown);
    await shown.until("▸ trigger_19 ");
    await shown.press(BYTES.end);
    await shown.until("▸ trigger_299");
    await shown.press("g");
    await shown.until("▸ trigger_0 ");
  });

  it("GR-102: filters by a text or its absence, and sorts", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press("/", "N", "I", "G");
    expect(await shown.until("procedures 1 of 2 with NIG")).not.toContain("add_order");
    await shown.press(BYTES.enter, BYTES.escape);
    await shown.until("procedures 2 ");
    await shown.press("/", "!", "n", "i", "g");
    expect(await shown.until("procedures 1 of 2 with !nig")).not.toContain("▸ nightly");
    await shown.press(BYTES.escape, "s", "S");
    await shown.until("name▼");
    expect(shown.lines()[4]).toContain("nightly");
  });

  it("columns that do not fit are reached by the arrows; the first stays", async () => {
    const shown = show("procedures", 40, 12);
    expect(await shown.until("add_order")).not.toContain("modified");
    await shown.press(BYTES.right, BYTES.right, BYTES.right, BYTES.right);
    expect(await shown.until("modified at")).toContain("add_order");
  });

  it("an error of a list is told in its place, with the way out", async () => {
    const double = sourceDouble();
    const failure = {
      code: "PermissionDenied",
      message: "You may not see locks.",
      help: "Ask for SERVICE CONTROL.",
      lost: false,
    };
    double.answer(/^LIST LOCKS$/u, failure);
    const shown = show("locks", 80, 24, double);
    await shown.until("You may not see locks.");
    await shown.until("Ask for SERVICE CONTROL.");
  });
});

describe("details", () => {
  it("GR-102: show the source and what else is known, page by page", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press(BYTES.enter);
    await shown.until('print "hello"');
    expect(source.asked).toContain("SHOW PROCEDURE `add_order`");
    await shown.press(BYTES.left);
    await shown.until("main.orders");
    await shown.press(BYTES.tab);
    await shown.until("[source]");
    await shown.press(BYTES.escape);
    await shown.until("▸ add_order");
  });
});

describe("an action", () => {
  it("GR-102: asks for arguments, shows what it will send, sends it once, tells the result", async () => {
    const shown = show("procedures");
    source.answer(/^CALL/u, ["42"]);
    await shown.until("add_order");
    await shown.press("r", ..."'ann', 3");
    await shown.until("Arguments (who string, total int): 'ann', 3");
    await shown.press(BYTES.enter);
    await shown.until("CALL `add_order`('ann', 3)  Do it? (y/n)");
    await shown.press("y");
    await shown.until(/^42$/mu);
    expect(source.done).toEqual(["CALL `add_order`('ann', 3)"]);
  });

  it("is left with n, Esc, and never answered by what was pasted", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press("j", "ry");
    await shown.until("CALL `nightly`()  Do it? (y/n)");
    await shown.press("n", "D");
    await shown.until("DROP PROCEDURE `nightly`  Do it? (y/n)");
    await shown.press(BYTES.escape);
    await settle();
    expect(source.done).toEqual([]);
  });

  it("that fails is told in the status line", async () => {
    const shown = show("procedures");
    source.answer(/^DROP/u, { code: "InUse", message: "Something calls it.", help: undefined, lost: false });
    await shown.until("add_order");
    await shown.press("D", "y");
    await shown.until("InUse: Something calls it.");
  });

  it("switches off what is on and on what is off", async () => {
    const double = sourceDouble();
    double.answer(/^LIST SCHEDULES$/u, listing("name enabled", ["a", "yes"], ["b", "no"]));
    const shown = show("schedules", 80, 24, double);
    await shown.until("▸ a ");
    await shown.press("e", "y", "j", "e");
    await shown.until("ENABLE SCHEDULE `b`  Do it?");
    await shown.press("y");
    await settle();
    expect(source.done).toEqual(["DISABLE SCHEDULE `a`", "ENABLE SCHEDULE `b`"]);
  });

  it("GR-104: cancels runs, kills sessions and lanes", async () => {
    const double = sourceDouble();
    double.answer(/FROM system\.runs r/u, listing("run_id status", ["01J", "running"]));
    double.answer(/^LIST SESSIONS$/u, listing("session_id user", ["12", "ann"]));
    double.answer(/^LIST LANES$/u, listing("label state", ["DQM-shop-01-M", "connected"]));
    const shown = show("runs", 80, 24, double);
    await shown.until("01J");
    await shown.press("c", "y", "8");
    await shown.until(/▸ +12/u);
    await shown.press("K", "y", "9");
    await shown.until("▸ DQM-shop-01-M");
    await shown.press("K", "y");
    await settle();
    expect(source.done).toEqual([
      "CANCEL RUN '01J'",
      'kill_session {"session_id":12}',
      'kill_lane {"lane":"DQM-shop-01-M"}',
    ]);
  });
});

describe("what happens by itself", () => {
  it("GR-101: lists are loaded by events that concern them, never by time", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await settle();
    const lists = (): number => source.asked.filter((text) => text === "LIST PROCEDURES").length;
    expect(lists()).toBe(1);
    for (let seconds = 0; seconds < 120; seconds += 1) clock.advance(1000);
    await settle();
    expect(lists()).toBe(1);
    await shown.until("5 min ago");
    source.listener?.event("lanes", { label: "DQM-shop-01-M", state: "connected" });
    await settle();
    expect(lists()).toBe(1);
    source.answer(/^LIST PROCEDURES$/u, listing("name", ["brand_new"]));
    source.listener?.event("catalog", {});
    await shown.until("brand_new");
    expect(lists()).toBe(2);
  });

  it("a storm of events is one load after another, not a load each", async () => {
    show("events");
    await settle();
    const before = source.asked.length;
    for (let count = 0; count < 1000; count += 1) source.listener?.event("tables", { tables: ["main.orders"] });
    await settle();
    expect(source.asked.length - before).toBeLessThanOrEqual(3);
  });

  it("the chosen row stays chosen when the list changes around it", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press("j");
    await shown.until("▸ nightly");
    source.answer(/^LIST PROCEDURES$/u, listing("name", ["aaa"], ["bbb"], ["nightly"], ["zzz"]));
    source.listener?.event("catalog", {});
    await shown.until("bbb");
    expect(shown.lines().join("\n")).toContain("▸ nightly");
  });

  it("a lost daemon is told until it is back; then everything is loaded again", async () => {
    const shown = show("procedures");
    await shown.until("ready");
    source.listener?.lost({
      code: "ConnectionLost",
      message: "The daemon is shutting down.",
      help: undefined,
      lost: true,
    });
    await shown.until("The daemon is shutting down. Looking for it again …");
    expect(shown.lines()[0]).toContain("lost");
    source.answer(/^LIST PROCEDURES$/u, listing("name", ["after_restart"]));
    source.listener?.back();
    await shown.until("after_restart");
    await shown.until("Connected again.");
  });

  it("on a file: what needs a daemon says so, others' commits are looked for", async () => {
    const shown = show("lanes", 80, 24, sourceDouble("file"));
    await shown.until("This needs a daemon; a database file was opened.");
    await shown.press("2");
    await shown.until("add_order");
    clock.advance(2000);
    expect(source.looks).toBeGreaterThan(0);
    source.answer(/^LIST PROCEDURES$/u, listing("name", ["by_another"]));
    source.listener?.event("tables", {});
    await shown.until("by_another");
  });
});

describe("keys", () => {
  it("GR-106: every key stands in the help, with the actions of the section", async () => {
    const shown = show("procedures", 120, 70);
    await shown.until("add_order");
    await shown.press("?");
    const help = await shown.until("ACTIONS IN PROCEDURES");
    for (const { shown: key, doc } of Object.values(KEYS))
      expect(help).toMatch(new RegExp(`${key.replace(/[?/]/gu, "\\$&")} +${doc.slice(0, 20)}`, "u"));
    for (const name of SECTION_NAMES) expect(help).toContain(`${SECTIONS[name].key}  ${name}`);
    for (const { doc } of SECTIONS.procedures.actions) expect(help).toContain(doc);
    await shown.press("x");
    await shown.until("▸ add_order");
  });

  it("none means two things", () => {
    const fixed = [
      ...Object.values(KEYS).flatMap(({ keys }) => keys),
      ...SECTION_NAMES.map((name) => SECTIONS[name].key),
    ];
    expect(new Set(fixed).size).toBe(fixed.length);
    for (const name of SECTION_NAMES) {
      const all = [...fixed, ...SECTIONS[name].actions.map(({ key }) => key)];
      expect(new Set(all).size, name).toBe(all.length);
    }
  });

  it("a section is found by its number, its name, the beginning of it, or Tab", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press(BYTES.tab);
    await shown.until("─ functions");
    await shown.press(":", ..."sched", BYTES.enter);
    await shown.until("─ schedules");
    await shown.press(":", ..."nothing", BYTES.enter);
    await shown.until("There is no section nothing;");
    await shown.press("7");
    await shown.until("─ runs");
  });

  it.each(["q", BYTES.ctrlC])("%j leaves", async (key) => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press(key);
    expect(shown.quits).toBe(1);
  });

  it("Ctrl-C leaves from a question too; q is a letter there", async () => {
    const shown = show("procedures");
    await shown.until("add_order");
    await shown.press("/", "q");
    await shown.until("/q");
    expect(shown.quits).toBe(0);
    await shown.press(BYTES.ctrlC);
    expect(shown.quits).toBe(1);
  });
});
