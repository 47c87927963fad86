// Nothing that takes long keeps a completion waiting, over the real protocol: the stretches of the work are counted in steps, and the test says when the next may begin.
// What is told in the end is what a check at once finds, also when edits and schemas come in the middle.
import { afterEach, expect, test } from "vitest";
import { LSPErrorCodes } from "vscode-languageserver/node";
import type { TurnPorts } from "../../../lsp/server/turns.ts";
import { finished } from "../../../base/steps.ts";
import { formatDocument } from "../../../lsp/features/formatting.ts";
import { makeWorkspace } from "../../../lsp/workspace/workspace.ts";
import { memoryPorts } from "../memory-ports.ts";
import { schemaOf } from "./schema.ts";
import { startClient, type TestClient, uriOf } from "./client.ts";

let client: TestClient | undefined;
let turns = countedTurns();
const start = async (files: Record<string, string> = {}): Promise<TestClient> => {
  turns = countedTurns();
  client = await startClient(files, {}, turns);
  return client;
};
afterEach(async () => {
  turns.letGo();
  await client?.stop();
  client = undefined;
});

/** A clock that moves with each look at it, so that a stretch is a number of steps; turns wait until the test lets them go. */
function countedTurns(): TurnPorts & { hold(): void; next(): Promise<void>; letGo(): void } {
  let ms = 0;
  let isHeld = false;
  const waiting: (() => void)[] = [];
  const look = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    nowMs: () => (ms += 1),
    nextTurn: () => (isHeld ? new Promise((resolve) => void waiting.push(resolve)) : look()),
    hold: () => {
      isHeld = true;
    },
    next: async () => {
      waiting.splice(0).forEach((resolve) => resolve());
      await look();
      await look();
    },
    letGo: () => {
      isHeld = false;
      waiting.splice(0).forEach((resolve) => resolve());
    },
  };
}

/** Procedures that call each other, with a problem in each. */
function program(count: number): string {
  return Array.from(
    { length: count },
    (_, number) =>
      `procedure p_${number} (amount int) {\n  let total = amount + ${number}\n  print missing_${number}\n  print total\n}\n`,
  ).join("\n");
}

/** What a check at once finds: codes and where they start. */
function foundAtOnce(files: Record<string, string>, name: string, text: string): readonly string[] {
  const workspace = makeWorkspace(memoryPorts(files));
  workspace.setFolders(["/project"]);
  workspace.open(`/project/${name}`, text, 1);
  const document = workspace.document(`/project/${name}`);
  return (document?.problems() ?? []).map(({ code, span }) => {
    const before = text.slice(0, span.start).split("\n");
    return `${code} ${before.length - 1}:${before.at(-1)?.length ?? 0}`;
  });
}

function told(session: TestClient, name: string): readonly string[] {
  const list = session.diagnostics.get(uriOf(name))?.list ?? [];
  return list.map(({ code, range: { start: at } }) => `${code} ${at.line}:${at.character}`);
}

const labels = (answer: { readonly items: readonly { readonly label: string }[] }): readonly string[] =>
  answer.items.map(({ label }) => label);
const COUNT = 40;

test("a completion is answered while the file is being parsed, and while it is being checked", async () => {
  const session = await start();
  turns.hold();
  const text = program(COUNT);
  await session.open("a.grz", text);
  const at = { line: 6 * 30 + 2, character: 8 };
  const ask = (): Promise<{ items: { label: string }[]; isIncomplete: boolean }> =>
    session.request("textDocument/completion", { textDocument: { uri: uriOf("a.grz") }, position: at });
  let asked = 0;
  while (session.told.length === 0) {
    const answer = await ask();
    asked += 1;
    expect(labels(answer)).toEqual(expect.arrayContaining(["amount", "total"]));
    await turns.next();
  }
  // Each stretch has four steps, and there is a declaration in a step.
  expect(asked).toBeGreaterThan((2 * COUNT) / 4);
  expect(told(session, "a.grz")).toEqual(foundAtOnce({}, "a.grz", text));
});

test("an edit in the middle of a check: nothing of the text before is told, and nothing mixed", async () => {
  const text = program(COUNT);
  const session = await start();
  let version = 0;
  let now = "";
  for (const after of [1, 4, 9, 13, 17]) {
    const name = `file_${after}.grz`;
    turns.hold();
    version = 1;
    now = text;
    await session.open(name, now);
    for (const edit of ["let a = nobody\n", "", "procedure p_3 (x string) { print x }\n"]) {
      for (let turn = 0; turn < after; turn += 1) await turns.next();
      version += 1;
      now = edit + text.replace("missing_20", `missing_${version}`);
      await session.change(name, version, [{ text: now }]);
    }
    turns.letGo();
    await session.until(() => session.diagnostics.get(uriOf(name))?.version === version);
    expect(told(session, name)).toEqual(foundAtOnce({}, name, now));
  }
});

test("every version that is told is told with its own diagnostics", async () => {
  const session = await start();
  turns.hold();
  const texts = new Map<number | undefined, string>();
  await session.open("a.grz", program(20));
  texts.set(1, program(20));
  for (let version = 2; version < 30; version += 1) {
    const text = program(20).replaceAll("total", "x".repeat((version % 7) + 1));
    texts.set(version, text);
    await session.change("a.grz", version, [{ text }]);
    for (let turn = 0; turn < (version * 5) % 13; turn += 1) await turns.next();
  }
  turns.letGo();
  await session.until(() => session.diagnostics.get(uriOf("a.grz"))?.version === 29);
  for (const { version, list } of session.told) {
    const expected = foundAtOnce({}, "a.grz", texts.get(version) ?? "");
    expect(list.map(({ code, range: { start: at } }) => `${code} ${at.line}:${at.character}`)).toEqual(expected);
  }
});

test("an import that is edited while the importing file is checked", async () => {
  const library = (type: string): string =>
    `export function twice (n int) returns ${type} { return ${type === "int" ? "n + n" : "'n'"} }\n`;
  const main = `import library\n${program(COUNT)}\nlet a: int = twice(1)\nprint a\n`;
  const session = await start({ "/project/library.grz": library("int") });
  await session.open("library.grz", library("int"));
  const expected = foundAtOnce({ "/project/library.grz": library("string") }, "main_8.grz", main);
  expect(expected).not.toEqual(foundAtOnce({ "/project/library.grz": library("int") }, "main_8.grz", main));
  let version = 1;
  for (const after of [8, 16, 24, 32]) {
    const name = `main_${after}.grz`;
    await session.change("library.grz", (version += 1), [{ text: library("int") }]);
    await session.until(() => session.diagnostics.get(uriOf("library.grz"))?.version === version);
    turns.hold();
    await session.open(name, main);
    for (let turn = 0; turn < after; turn += 1) await turns.next();
    await session.change("library.grz", (version += 1), [{ text: library("string") }]);
    for (let turn = 0; turn < 5; turn += 1) await turns.next();
    turns.letGo();
    await session.until(() => told(session, name).length === expected.length);
    expect(told(session, name)).toEqual(expected);
    await session.connection.sendNotification("textDocument/didClose", { textDocument: { uri: uriOf(name) } });
  }
});

test("a question about a place whose text has changed is refused; one that is cancelled ends; the check goes on", async () => {
  const session = await start();
  turns.hold();
  await session.open("a.grz", program(COUNT));
  const hover = (line: number): Promise<unknown> =>
    session.request("textDocument/hover", {
      textDocument: { uri: uriOf("a.grz") },
      position: { line, character: 9 },
    });
  let isRefused = false;
  const outdated = hover(2).catch((error: unknown) => {
    isRefused = true;
    return error;
  });
  await turns.next();
  await session.change("a.grz", 2, [{ text: `\n${program(COUNT)}` }]);
  while (!isRefused) await turns.next();
  expect(await outdated).toMatchObject({ code: LSPErrorCodes.ContentModified });
  turns.letGo();
  expect(await hover(1)).toMatchObject({ contents: { kind: "markdown" } });
  await session.until(() => session.diagnostics.get(uriOf("a.grz"))?.version === 2);
});

test("a document that is edited while it is formatted gets the edits of its new text", async () => {
  const session = await start();
  const text = program(COUNT).replaceAll("  ", "      ");
  await session.open("a.grz", text);
  await session.until(() => session.diagnostics.has(uriOf("a.grz")));
  turns.hold();
  const formatting = session.request<readonly { newText: string }[]>("textDocument/formatting", {
    textDocument: { uri: uriOf("a.grz") },
    options: { tabSize: 4, insertSpaces: true },
  });
  await turns.next();
  const changed = `print 1\n\n\n\nprint    2\n${text}`;
  await session.change("a.grz", 2, [{ text: changed }]);
  turns.letGo();
  const workspace = makeWorkspace(memoryPorts({}));
  workspace.open("/project/a.grz", changed, 1);
  const document = workspace.document("/project/a.grz");
  const expected = document === undefined ? [] : finished(formatDocument(document));
  expect((await formatting).map(({ newText }) => newText)).toEqual(expected.map((edit) => edit.text));
});

test("a schema that changes in the middle of a check: what is told is that of the new one", async () => {
  const files: Record<string, string> = { "/project/gobi.schema.json": schemaOf("users", ["id", "name"]) };
  const session = await start(files);
  const text = `${program(COUNT)}\nSELECT name FROM users;\nSELECT email FROM users;\n`;
  turns.hold();
  await session.open("a.grz", text);
  for (let turn = 0; turn < 15; turn += 1) await turns.next();
  files["/project/gobi.schema.json"] = schemaOf("users", ["id", "email"]);
  await session.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [{ uri: uriOf("gobi.schema.json"), type: 2 }],
  });
  for (let turn = 0; turn < 3; turn += 1) await turns.next();
  expect(session.told).toEqual([]);
  turns.letGo();
  const expected = foundAtOnce(files, "a.grz", text);
  await session.until(() => session.diagnostics.get(uriOf("a.grz"))?.version === 1);
  expect(told(session, "a.grz")).toEqual(expected);
  expect(session.told).toHaveLength(1);
});

test("a completion is answered while references are looked for in many files", async () => {
  const files: Record<string, string> = {};
  for (let number = 0; number < 30; number += 1)
    files[`/project/file_${number}.grz`] = `import shared\nprocedure user_${number} () { print common(${number}) }\n`;
  files["/project/shared.grz"] = "export function common (n int) returns int { return n }\n";
  const session = await start(files);
  await session.open("shared.grz", files["/project/shared.grz"] ?? "");
  turns.hold();
  let found: readonly unknown[] | undefined;
  const looking = session
    .request<readonly unknown[]>("textDocument/references", {
      textDocument: { uri: uriOf("shared.grz") },
      position: { line: 0, character: 18 },
      context: { includeDeclaration: true },
    })
    .then((answer) => {
      found = answer;
    });
  let asked = 0;
  while (found === undefined) {
    await session.request("textDocument/completion", {
      textDocument: { uri: uriOf("shared.grz") },
      position: { line: 0, character: 50 },
    });
    asked += 1;
    await turns.next();
  }
  await looking;
  expect(found).toHaveLength(31);
  expect(asked).toBeGreaterThan(10);
});
