// A scripted session of the real protocol: documents, diagnostics, completion, cancellation, answers out of order, encodings, unknown methods, a schema that comes and goes.
import { afterEach, describe, expect, test } from "vitest";
import { schemaOf } from "./schema.ts";
import { startClient, type TestClient, uriOf } from "./client.ts";

let client: TestClient | undefined;
const start = async (...parameters: Parameters<typeof startClient>): Promise<TestClient> => {
  client = await startClient(...parameters);
  return client;
};
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const at = (line: number, character: number): { line: number; character: number } => ({ line, character });
const codes = (session: TestClient, name: string): readonly unknown[] =>
  session.diagnostics.get(uriOf(name))?.list.map(({ code }) => code) ?? [];
const version = (session: TestClient, name: string): number | undefined =>
  session.diagnostics.get(uriOf(name))?.version;

describe("a session", () => {
  test("diagnostics follow edits, with related places, tags and links", async () => {
    const session = await start({}, { textDocument: { publishDiagnostics: { codeDescriptionSupport: true } } });
    await session.open("a.grz", "procedure p () {\n  let x = 1\n  print y\n}\n");
    await session.until(() => version(session, "a.grz") === 1);
    const list = session.diagnostics.get(uriOf("a.grz"))?.list ?? [];
    const unknown = list.find(({ code }) => code === "E2001");
    expect(unknown).toMatchObject({
      range: { start: at(2, 8), end: at(2, 9) },
      severity: 1,
      source: "grizzly",
      codeDescription: { href: "file:///docs/E2001.md" },
    });
    expect(list.find(({ code }) => code === "E2005")?.tags).toEqual([1]);
    await session.change("a.grz", 2, [{ range: { start: at(2, 8), end: at(2, 9) }, text: "x" }]);
    await session.until(() => version(session, "a.grz") === 2);
    expect(codes(session, "a.grz")).toEqual([]);
    await session.connection.sendNotification("textDocument/didClose", { textDocument: { uri: uriOf("a.grz") } });
    await session.until(() => version(session, "a.grz") === undefined);
  });

  test("several changes of one message apply one after another", async () => {
    const session = await start();
    await session.open("a.grz", "let a = 1\r\nlet b = 2\r\nprint a + b\r\n");
    await session.change("a.grz", 2, [
      { range: { start: at(0, 4), end: at(0, 5) }, text: "long_name" },
      { range: { start: at(2, 6), end: at(2, 7) }, text: "long_name" },
      { range: { start: at(9, 0), end: at(99, 9) }, text: "print nobody" },
    ]);
    await session.until(() => version(session, "a.grz") === 2);
    expect(session.diagnostics.get(uriOf("a.grz"))?.list.map(({ range }) => range.start)).toEqual([at(3, 6)]);
    await session.change("a.grz", 3, [{ text: "print 1" }]);
    await session.until(() => version(session, "a.grz") === 3);
    expect(codes(session, "a.grz")).toEqual([]);
  });

  test("completion with snippets, and what a proposal means", async () => {
    const session = await start({}, { textDocument: { completion: { completionItem: { snippetSupport: true } } } });
    await session.open("a.grz", "--- Adds.\nfunction add (a int, b int) returns int { return a + b }\nlet x = ad");
    interface Item {
      label: string;
      insertTextFormat?: number;
      textEdit: { newText: string };
      documentation?: { value: string };
    }
    const found = await session.request<{ isIncomplete: boolean; items: Item[] }>("textDocument/completion", {
      textDocument: { uri: uriOf("a.grz") },
      position: at(2, 10),
    });
    expect(found.items[0]).toMatchObject({ label: "add", insertTextFormat: 2, textEdit: { newText: "add($0)" } });
    const resolved = await session.request<Item>("completionItem/resolve", found.items[0]);
    expect(resolved.documentation?.value).toContain("Adds.");
  });

  test("an imported file is seen as the editor has it", async () => {
    const session = await start({ "/project/lib.grz": "function area (n int) returns int { return n }\n" });
    await session.open("a.grz", "import lib\nprint area(1)\n");
    await session.until(() => version(session, "a.grz") === 1);
    expect(codes(session, "a.grz")).toEqual([]);
    await session.open("lib.grz", "function volume (n int) returns int { return n }\n");
    await session.until(() => codes(session, "a.grz").includes("E2002"));
  });

  test("requests are cancelled, answered in any order, and unknown methods refused", async () => {
    const session = await start();
    await session.open("a.grz", "let a = 1\nprint a\n");
    const hover = { textDocument: { uri: uriOf("a.grz") }, position: at(1, 6) };
    const answered: number[] = [];
    const all = [0, 1, 2, 3].map(async (number) => {
      await session.request(number % 2 === 0 ? "textDocument/hover" : "textDocument/completion", hover);
      answered.push(number);
    });
    await Promise.all(all);
    expect(answered.toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3]);
    const { CancellationTokenSource } = await import("vscode-languageserver/node");
    const source = new CancellationTokenSource();
    const cancelled = session.connection.sendRequest("textDocument/completion", hover, source.token);
    source.cancel();
    await expect(cancelled).rejects.toMatchObject({ code: -32800 });
    await expect(session.request("textDocument/nothingOfThisKind", hover)).rejects.toMatchObject({ code: -32601 });
    await expect(session.request("textDocument/hover", hover)).resolves.toMatchObject({
      contents: { kind: "markdown" },
    });
  });

  test.each([
    ["utf-8", 12],
    ["utf-16", 10],
    ["utf-32", 9],
  ])("positions in %s", async (encoding, character) => {
    const session = await start({}, { general: { positionEncodings: [encoding, "utf-16"] } });
    expect(session.capabilities["positionEncoding"]).toBe(encoding);
    await session.open("a.grz", "print '😀' + nobody\n");
    await session.until(() => version(session, "a.grz") === 1);
    const expected = { "utf-8": 15, "utf-16": 13, "utf-32": 12 }[encoding] ?? character;
    const [found] = session.diagnostics.get(uriOf("a.grz"))?.list ?? [];
    expect(found?.range.start).toEqual(at(0, expected));
    await session.change("a.grz", 2, [{ range: { start: at(0, expected), end: at(0, expected + 6) }, text: "'x'" }]);
    await session.until(() => version(session, "a.grz") === 2);
    expect(codes(session, "a.grz")).toEqual([]);
  });

  test("a changed column turns red without an edit, and a schema that vanishes hurts nothing", async () => {
    const files: Record<string, string> = { "/project/gobi.schema.json": schemaOf("users", ["id", "email"]) };
    const session = await start(files);
    await session.open("a.grz", "SELECT email FROM users\n");
    await session.until(() => version(session, "a.grz") === 1);
    expect(codes(session, "a.grz")).toEqual([]);
    files["/project/gobi.schema.json"] = schemaOf("users", ["id", "mail"]);
    await session.until(() => codes(session, "a.grz").includes("E5002"));
    // Half-written: the last good one stays.
    files["/project/gobi.schema.json"] = "{";
    await session.until(() => session.log.some((line) => line.includes("is not JSON")));
    delete files["/project/gobi.schema.json"];
    await session.until(() => !codes(session, "a.grz").includes("E5002"));
    files["/project/gobi.schema.json"] = schemaOf("users", ["id", "email"]);
    await session.until(() => codes(session, "a.grz").length === 0);
  });

  test("clients that pull are not pushed to, and are told when nothing changed", async () => {
    const session = await start({}, { textDocument: { diagnostic: {} } });
    await session.open("a.grz", "print nobody\n");
    interface Report {
      kind: string;
      resultId: string;
      items: unknown[];
    }
    const pull = (previousResultId?: string): Promise<Report> =>
      session.request("textDocument/diagnostic", { textDocument: { uri: uriOf("a.grz") }, previousResultId });
    const first = await pull();
    expect(first).toMatchObject({ kind: "full", items: [{ code: "E2001" }] });
    expect(await pull(first.resultId)).toMatchObject({ kind: "unchanged", resultId: first.resultId });
    const whole = await session.request<{ items: Report[] }>("workspace/diagnostic", { previousResultIds: [] });
    expect(whole.items).toMatchObject([{ kind: "full", uri: uriOf("a.grz") }]);
    expect(session.diagnostics.size).toBe(0);
  });

  test("settings of a wrong type are told, the others count", async () => {
    const session = await start();
    await session.open("a.grz", "procedure p () { later() }\n");
    await session.until(() => version(session, "a.grz") === 1);
    const told: string[] = [];
    session.connection.onNotification("window/showMessage", ({ message }: { message: string }) => {
      told.push(message);
    });
    await session.connection.sendNotification("workspace/didChangeConfiguration", {
      settings: { grizzly: { strict: true, completion: { maxItems: "many" } } },
    });
    await session.until(() => session.diagnostics.get(uriOf("a.grz"))?.list[0]?.severity === 1);
    expect(told).toEqual(['grizzly.completion.maxItems should be a number, not "many".']);
  });

  test("a huge line, an empty document, a document of another kind of line", async () => {
    const session = await start();
    await session.open("a.grz", `let x = '${"a".repeat(300_000)}'\nprint nobody`);
    await session.open("b.grz", "");
    await session.open("c.grz", "print 1\rprint nobody\r");
    await session.until(() => ["a", "b", "c"].every((name) => version(session, `${name}.grz`) === 1));
    expect(session.diagnostics.get(uriOf("c.grz"))?.list[0]?.range.start).toEqual(at(1, 6));
  });

  test("an end without a shutdown is told by the exit code", async () => {
    const session = await startClient();
    expect(await session.stop()).toBe(0);
  });
});
