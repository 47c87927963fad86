// Between keys, the source and the screen: keeps the state, loads what is shown, loads it again when something has changed, carries actions out.
// Lists are loaded when an event or another program's commit makes them old, never because time has passed.
import { assertNever } from "../../base/failure.ts";
import { redactSecrets } from "../../base/redact.ts";
import { carryOut, deedText, resultLines } from "./deeds.ts";
import { keyName } from "./keys.ts";
import { loadBlocks, loadHead } from "./loader.ts";
import { type Move, moved, type Room } from "./moves.ts";
import { type PromptStep, promptKey } from "./prompts.ts";
import { SECTION_NAMES, type SectionName } from "./section-names.ts";
import { type Deed, findSection, SECTIONS } from "./sections.ts";
import { atPlace, chosenRow, firstState, placeOf, type ScreenState, sortedByNext, withEvent } from "./state.ts";
import type { Failure, ScreenClock, Source, SourceListener } from "./types.ts";

/** Loads of one list do not follow each other faster, in milliseconds. */
const LOAD_GAP_MS = 250;
/** Events within this time are drawn together, in milliseconds. */
const DRAW_MS = 50;
/** How often relative times are drawn anew, and the database is asked for its version. */
const TICK_MS = 2000;
/** Lines of a result that fit the status line. */
const LINES_SHORT = 1;

/** What the controller works with. */
export interface ControllerOptions {
  readonly source: Source;
  readonly clock: ScreenClock;
  readonly section: SectionName;
  readonly onQuit: () => void;
}

/** The controller of one screen. */
export class Controller implements SourceListener {
  readonly source: Source;
  readonly #clock: ScreenClock;
  readonly #onQuit: () => void;
  readonly #listeners = new Set<() => void>();
  #state: ScreenState;
  #loading = false;
  #drawing = false;
  #stale = false;
  #loadedMs = Number.NEGATIVE_INFINITY;
  #stopTick: () => void = () => undefined;
  /** What the screen has room for, and how many lines there are. The screen tells. */
  room: Room = { rows: 10, lines: 0 };

  constructor({ source, clock, section, onQuit }: ControllerOptions) {
    this.source = source;
    this.#clock = clock;
    this.#onQuit = onQuit;
    this.#state = firstState(section);
  }

  // --- for the screen ---

  /** A new object after each change. */
  readonly state = (): ScreenState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  nowMs(): number {
    return this.#clock.nowMs();
  }

  #set(state: ScreenState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  /** Many events may come at once: they are drawn together. */
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#clock.after(DRAW_MS, () => {
      this.#drawing = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #change(change: Partial<ScreenState>): void {
    this.#set({ ...this.#state, ...change });
  }

  // --- life ---

  /** Begins to listen and loads the first section. */
  start(): void {
    this.source.listen(this);
    this.#stopTick = this.#clock.every(TICK_MS, () => {
      // A new object: times that are shown in relation to now are drawn anew.
      this.#set({ ...this.#state });
      void this.source.look();
    });
    this.refresh();
  }

  /** Ends it. Twice is fine. */
  stop(): void {
    this.#stopTick();
    this.source.close();
  }

  // --- what happens by itself ---

  event(topic: string, data: unknown): void {
    const text = redactSecrets(JSON.stringify(data));
    this.#state = withEvent(this.#state, { atMs: this.#clock.nowMs(), topic, text });
    this.#drawSoon();
    // A commit that nobody told of may have changed anything.
    const isUntold = topic === "tables" && !(data !== null && typeof data === "object" && "tables" in data);
    if (isUntold || SECTIONS[this.#state.section].topics.includes(topic)) this.refresh();
    else if (topic === "lanes" || topic === "sessions") void this.#loadHead();
  }

  lost(failure: Failure): void {
    this.#change({ lost: failure, head: { ...this.#state.head, ready: undefined } });
  }

  back(): void {
    this.#change({ lost: undefined, note: { kind: "info", text: "Connected again." } });
    this.refresh();
  }

  // --- loading ---

  /** Loads what is shown, now or as soon as the load under way has ended. */
  refresh(): void {
    if (this.#loading) {
      this.#stale = true;
      return;
    }
    this.#loading = true;
    const waitMs = this.#loadedMs + LOAD_GAP_MS - this.#clock.nowMs();
    if (waitMs <= 0) void this.#load();
    else this.#clock.after(waitMs, () => void this.#load());
  }

  async #load(): Promise<void> {
    this.#stale = false;
    this.#loadedMs = this.#clock.nowMs();
    const { section } = this.#state;
    const blocks = await loadBlocks(this.source, section);
    this.#change({ blocks: { ...this.#state.blocks, [section]: blocks } });
    await this.#loadPage();
    await this.#loadHead();
    this.#loading = false;
    if (this.#stale) this.refresh();
  }

  async #loadHead(): Promise<void> {
    const head = await loadHead(this.source);
    if (this.#state.lost === undefined) this.#change({ head });
  }

  async #loadPage(): Promise<void> {
    const { details, section } = this.#state;
    const page = details === undefined ? undefined : SECTIONS[section].details[details.at];
    if (details === undefined || page === undefined) return;
    const answer = await this.source.run(page.statement(details.id));
    const now = this.#state.details;
    if (now?.id !== details.id || this.#state.section !== section) return;
    this.#change({ details: { ...now, pages: now.pages.with(details.at, answer) } });
  }

  // --- keys ---

  /** Keys that came at once. What was typed or pasted together never answers the question that it has led to. */
  readonly keys = (keys: readonly string[]): void => {
    for (const key of keys) {
      const { prompt } = this.#state;
      if (prompt === undefined) this.#oneKey(key);
      else this.#prompted(promptKey(prompt, key));
      if (this.#state.prompt?.kind === "confirm" && prompt?.kind !== "confirm") return;
    }
  };

  #oneKey(key: string): void {
    if (this.#state.note !== undefined) this.#change({ note: undefined });
    const page = this.#state.details === undefined ? "list" : "details";
    const name = keyName(key, page);
    if (name === "quit") return this.#onQuit();
    if (this.#overlay(name)) return;
    if (name === undefined) return this.#otherKey(key);
    switch (name) {
      case "help":
        return this.#change({ helpOffset: 0 });
      case "filter":
        return this.#change({ prompt: { kind: "filter", text: placeOf(this.#state).filter } });
      case "command":
        return this.#change({ prompt: { kind: "command", text: "" } });
      case "open":
        return this.#open();
      case "refresh":
        return this.refresh();
      case "sort":
        return this.#set(sortedByNext(this.#state));
      case "reverse": {
        const { sort } = placeOf(this.#state);
        return sort && this.#set(atPlace(this.#state, { sort: { ...sort, reverse: !sort.reverse } }));
      }
      case "next":
      case "previous":
        return page === "list" ? this.#step(name === "next" ? 1 : -1) : this.#turn(name === "next" ? 1 : -1);
      case "left":
      case "right":
        return page === "details" ? this.#turn(name === "right" ? 1 : -1) : this.#move(name);
      case "back":
        return this.#back();
      case "up":
      case "down":
      case "pageUp":
      case "pageDown":
      case "top":
      case "bottom":
        return this.#move(name);
      default:
        return assertNever(name, "a key of the terminal interface");
    }
  }

  /** Help and results of actions stand above all: keys move in them, others close them. */
  #overlay(name: ReturnType<typeof keyName>): boolean {
    const { helpOffset, result } = this.#state;
    if (helpOffset === undefined && result === undefined) return false;
    const isMove = name !== undefined && ["up", "down", "pageUp", "pageDown", "top", "bottom"].includes(name);
    if (isMove) this.#move(name as Move);
    else if (helpOffset !== undefined) this.#change({ helpOffset: undefined });
    else this.#change({ result: undefined });
    return true;
  }

  #move(move: Move): void {
    this.#set(moved(this.#state, move, this.room));
  }

  #otherKey(key: string): void {
    const section = SECTION_NAMES.find((name) => SECTIONS[name].key === key);
    if (section !== undefined) return this.go(section);
    const action = SECTIONS[this.#state.section].actions.find((each) => each.key === key);
    const row = chosenRow(this.#state);
    if (action === undefined || row === undefined) return;
    const label = action.asks?.(row);
    if (label === undefined) return this.#confirm(action.name, action.deed(row, ""));
    return this.#change({ prompt: { kind: "arguments", text: "", label, action, row } });
  }

  /** Shows a section. */
  go(section: SectionName): void {
    this.#change({ section, details: undefined, result: undefined, prompt: undefined });
    this.refresh();
  }

  #step(by: number): void {
    const at = SECTION_NAMES.indexOf(this.#state.section);
    const next = SECTION_NAMES[(at + by + SECTION_NAMES.length) % SECTION_NAMES.length];
    if (next !== undefined) this.go(next);
  }

  #open(): void {
    const { id, details } = SECTIONS[this.#state.section];
    const value = chosenRow(this.#state)?.[id ?? ""];
    if (typeof value !== "string" || details.length === 0) return;
    this.#change({ details: { id: value, at: 0, offset: 0, pages: details.map(() => undefined) } });
    void this.#loadPage();
  }

  #turn(by: number): void {
    const { details } = this.#state;
    if (details === undefined) return;
    const count = details.pages.length;
    this.#change({ details: { ...details, at: (details.at + by + count) % count, offset: 0 } });
    void this.#loadPage();
  }

  #back(): void {
    if (this.#state.details !== undefined) return this.#change({ details: undefined });
    if (placeOf(this.#state).filter !== "") this.#set(atPlace(this.#state, { filter: "", index: 0 }));
  }

  // --- prompts and actions ---

  #prompted(step: PromptStep): void {
    switch (step.kind) {
      case "edit":
        this.#change({ prompt: step.prompt });
        if (step.prompt.kind === "filter") this.#set(atPlace(this.#state, { filter: step.prompt.text, index: 0 }));
        return;
      case "close":
        if (this.#state.prompt?.kind === "filter" && step.undo)
          this.#set(atPlace(this.#state, { filter: "", index: 0 }));
        return this.#change({ prompt: undefined });
      case "quit":
        return this.#onQuit();
      case "command":
        return this.#command(step.text);
      case "given":
        return this.#confirm(step.action.name, step.action.deed(step.row, step.text));
      case "confirmed":
        this.#change({ prompt: undefined });
        return void this.#act(step.name, step.deed);
      case "nothing":
        return;
    }
  }

  #command(word: string): void {
    this.#change({ prompt: undefined });
    if (["q", "q!", "quit", "exit"].includes(word.trim())) return this.#onQuit();
    const section = findSection(word);
    if (section !== undefined) return this.go(section);
    if (word.trim() === "help") return this.#change({ helpOffset: 0 });
    if (word.trim() !== "")
      this.#change({
        note: { kind: "error", text: `There is no section ${word.trim()}; there are ${SECTION_NAMES.join(", ")}.` },
      });
  }

  #confirm(name: string, deed: Deed): void {
    this.#change({ prompt: { kind: "confirm", name, deed, text: deedText(deed) } });
  }

  async #act(name: string, deed: Deed): Promise<void> {
    const text = deedText(deed);
    this.#change({ busy: text });
    const answer = await carryOut(this.source, deed);
    this.#change({ busy: undefined });
    if (!answer.ok)
      this.#change({ note: { kind: "error", text: `${answer.failure.code}: ${answer.failure.message}` } });
    else if (answer.listing !== undefined || answer.lines.length > LINES_SHORT)
      this.#change({ result: { title: text, lines: resultLines(answer), offset: 0 } });
    else this.#change({ note: { kind: "info", text: answer.lines[0] ?? `${name}: done.` } });
    if (name === "drop" && answer.ok) this.#change({ details: undefined });
    this.refresh();
  }
}
