// The rows of navigation, edits, structure and hints over the real protocol: positions, kinds, errors, answers in parts.
import { afterEach, describe, expect, test } from "vitest";
import { startClient, type TestClient, uriOf } from "./client.ts";

const MAIN = `procedure tidy (days int = 3) raises Broken {
    if days > 1 { raise Broken('x') }
}
test "tidies" { CALL tidy(days: 2) }
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'tidy')
print   len('a')
`;

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function opened(capabilities: Record<string, unknown> = {}): Promise<TestClient> {
  client = await startClient({}, capabilities);
  await client.open("main.grz", MAIN);
  return client;
}

const textDocument = { uri: uriOf("main.grz") };
const at = (line: number, character: number): Record<string, unknown> => ({
  textDocument,
  position: { line, character },
});

describe("rows", () => {
  test("what the server says that it can", async () => {
    const { capabilities } = await opened();
    expect(capabilities).toMatchObject({
      definitionProvider: true,
      typeDefinitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: true,
      documentSymbolProvider: true,
      workspaceSymbolProvider: true,
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      documentOnTypeFormattingProvider: { firstTriggerCharacter: "}", moreTriggerCharacter: [";", "\n"] },
      foldingRangeProvider: true,
      selectionRangeProvider: true,
      callHierarchyProvider: true,
      inlayHintProvider: true,
      codeLensProvider: { resolveProvider: true },
      semanticTokensProvider: { full: { delta: true }, range: true },
      executeCommandProvider: { commands: ["grizzly.explain"] },
      workspace: { fileOperations: { willRename: {} }, workspaceFolders: { supported: true } },
    });
  });

  test("why a selection cannot be extracted stands in the title, because editors show no more", async () => {
    const half = { start: { line: 1, character: 4 }, end: { line: 1, character: 10 } };
    const params = { textDocument, range: half, context: { diagnostics: [], only: ["refactor"] } };
    const { request } = await opened({ textDocument: { codeAction: { disabledSupport: true } } });
    expect(await request("textDocument/codeAction", params)).toMatchObject([
      {
        title: "Extract function: Select a whole expression, or whole statements of one block.",
        disabled: { reason: "Select a whole expression, or whole statements of one block." },
      },
    ]);
    await client?.stop();
    const simple = await opened();
    expect(await simple.request("textDocument/codeAction", params)).toMatchObject([
      { title: "Write with BEGIN and END" },
    ]);
  });

  test("what a file is checked against", async () => {
    client = await startClient(
      { "/project/shop/gobi.schema.json": '{"format": 1, "tables": [], "otherNames": []}' },
      {},
    );
    await client.open("shop/main.grz", MAIN);
    await client.open("other.grz", MAIN);
    const ask = (path: string): Promise<unknown> =>
      client?.request("grizzly/database", { uri: uriOf(path) }) ?? Promise.resolve();
    expect(await ask("other.grz")).toEqual({ path: null, kind: "none" });
    expect(await ask("shop/main.grz")).toMatchObject({
      kind: "schema",
      path: expect.stringMatching(/shop\/gobi\.schema\.json$/u) as string,
    });
  });

  test("definition, references and highlights", async () => {
    const { request } = await opened();
    const start = { line: 0, character: 10 };
    expect(await request("textDocument/definition", at(4, 74))).toMatchObject([{ range: { start } }]);
    const found = await request<readonly unknown[]>("textDocument/references", {
      ...at(0, 11),
      context: { includeDeclaration: false },
    });
    expect(found).toHaveLength(2);
    expect(await request("textDocument/documentHighlight", at(0, 16))).toMatchObject([
      { kind: 3 },
      { kind: 2 },
      { kind: 2 },
    ]);
  });

  test("a rename, and one that is refused with its reason", async () => {
    const { request } = await opened();
    const renamed = await request<{ changes: Record<string, unknown[]> }>("textDocument/rename", {
      ...at(0, 10),
      newName: "clean",
    });
    expect(renamed.changes[textDocument.uri]).toHaveLength(3);
    await expect(request("textDocument/rename", { ...at(5, 9), newName: "size" })).rejects.toThrow(/built-in function/);
    await expect(request("textDocument/prepareRename", at(5, 9))).rejects.toThrow(/built-in function/);
    expect(await request("textDocument/prepareRename", at(0, 12))).toMatchObject({ placeholder: "tidy" });
  });

  test("edits of open documents name their version where the client can use it", async () => {
    const { request } = await opened({ workspace: { workspaceEdit: { documentChanges: true } } });
    expect(await request("textDocument/rename", { ...at(0, 10), newName: "clean" })).toMatchObject({
      documentChanges: [{ textDocument: { version: 1 } }],
    });
  });

  test("formatting, code actions and the explanation of a diagnostic", async () => {
    const { request } = await opened();
    const edits = await request<readonly { newText: string }[]>("textDocument/formatting", {
      textDocument,
      options: {},
    });
    expect(edits.map((edit) => edit.newText).join("")).toContain("print len('a')\n");
    const actions = await request<readonly { title: string; kind: string; command?: unknown }[]>(
      "textDocument/codeAction",
      {
        textDocument,
        range: { start: { line: 0, character: 38 }, end: { line: 1, character: 30 } },
        context: { diagnostics: [] },
      },
    );
    expect(actions.map((action) => action.kind)).toContain("refactor.rewrite");
    expect(actions.find((action) => action.title.startsWith("Explain "))?.command).toMatchObject({
      command: "grizzly.explain",
    });
  });

  test("the page of a diagnostic is shown, or told where the client shows none", async () => {
    for (const shows of [true, false]) {
      const { request, connection } = await opened({ window: { showDocument: { support: shows } } });
      const said: string[] = [];
      connection.onNotification("window/showMessage", ({ message }: { message: string }) => {
        said.push(message);
      });
      connection.onRequest("window/showDocument", ({ uri }: { uri: string }) => {
        said.push(uri);
        return { success: true };
      });
      for (const [command, code] of [
        ["grizzly.explain", "E2001"],
        ["grizzly.explain", "E0"],
        ["other", ""],
      ])
        expect(await request("workspace/executeCommand", { command, arguments: [code] })).toBeNull();
      expect(said).toEqual([
        shows ? "file:///docs/E2001.md" : "Run gobic explain E2001 to read about it, or open file:///docs/E2001.md.",
        "There is no diagnostic E0.",
        "The server has no command other.",
      ]);
      await client?.stop();
      client = undefined;
    }
  });

  test("folding, selections and symbols", async () => {
    const { request } = await opened();
    expect(await request("textDocument/foldingRange", { textDocument })).toEqual([
      { startLine: 0, endLine: 1, kind: "region" },
    ]);
    const [selection] = await request<readonly { range: unknown; parent?: { range: unknown } }[]>(
      "textDocument/selectionRange",
      { textDocument, positions: [{ line: 5, character: 9 }] },
    );
    expect(selection).toMatchObject({ range: { start: { line: 5, character: 8 } }, parent: { range: {} } });
    expect(await request("textDocument/documentSymbol", { textDocument })).toMatchObject([
      { name: "tidy" },
      { name: "tidies" },
      { name: "nightly" },
    ]);
    expect(await request("workspace/symbol", { query: "night" })).toMatchObject([{ name: "nightly" }]);
  });

  test("call hierarchy there and back", async () => {
    const { request } = await opened();
    const [item] = await request<readonly unknown[]>("textDocument/prepareCallHierarchy", at(0, 12));
    expect(item).toMatchObject({ name: "tidy", detail: "routine" });
    const calls = await request<readonly { from: { name: string } }[]>("callHierarchy/incomingCalls", { item });
    expect(calls.map((call) => call.from.name).sort()).toEqual(["nightly", "tidies"]);
    const schedule = calls.find((call) => call.from.name === "nightly")?.from;
    expect(await request("callHierarchy/outgoingCalls", { item: schedule })).toMatchObject([{ to: { name: "tidy" } }]);
  });

  test("semantic tokens as a whole, as a change, in a range", async () => {
    const { request, change } = await opened();
    const whole = await request<{ resultId: string; data: number[] }>("textDocument/semanticTokens/full", {
      textDocument,
    });
    expect(whole.data.length % 5).toBe(0);
    expect(whole.data.slice(0, 4)).toEqual([0, 10, 4, 3]);
    await change("main.grz", 2, [
      { range: { start: { line: 5, character: 0 }, end: { line: 5, character: 0 } }, text: "let z = 1\n" },
    ]);
    const delta = await request<{ resultId: string; edits: { start: number; deleteCount: number; data: number[] }[] }>(
      "textDocument/semanticTokens/full/delta",
      { textDocument, previousResultId: whole.resultId },
    );
    const after = await request<{ data: number[] }>("textDocument/semanticTokens/full", { textDocument });
    const patched = [...whole.data];
    for (const edit of delta.edits) patched.splice(edit.start, edit.deleteCount, ...edit.data);
    expect(patched).toEqual(after.data);
    const part = await request<{ data: number[] }>("textDocument/semanticTokens/range", {
      textDocument,
      range: { start: { line: 5, character: 0 }, end: { line: 5, character: 9 } },
    });
    expect(part.data.slice(0, 3)).toEqual([5, 4, 1]);
  });

  test("an answer that the server no longer has gives all tokens", async () => {
    const { request } = await opened();
    const answer = await request<{ data?: number[] }>("textDocument/semanticTokens/full/delta", {
      textDocument,
      previousResultId: "77",
    });
    expect(answer.data?.length).toBeGreaterThan(0);
  });

  test("lenses carry commands only for clients that know them", async () => {
    for (const knows of [true, false]) {
      const { request } = await opened(knows ? { experimental: { grizzlyCommands: true } } : {});
      const lenses = await request<readonly { command?: { title: string; command: string } }[]>(
        "textDocument/codeLens",
        {
          textDocument,
        },
      );
      expect(lenses.map((lens) => lens.command?.command)).toEqual([
        knows ? "grizzly.runRoutine" : "",
        undefined,
        knows ? "grizzly.runTest" : "",
        "",
      ]);
      const counted = await request<{ command: { title: string; command: string } }>("codeLens/resolve", lenses[1]);
      expect(counted.command).toMatchObject({ title: "2 callers", command: knows ? "grizzly.showReferences" : "" });
      await client?.stop();
      client = undefined;
    }
  });

  test("hints, links and files that are not there", async () => {
    const { request } = await opened();
    const range = { start: { line: 0, character: 0 }, end: { line: 6, character: 0 } };
    expect(Array.isArray(await request("textDocument/inlayHint", { textDocument, range }))).toBe(true);
    const gone = { uri: uriOf("nothing.grz") };
    for (const [method, params] of [
      ["textDocument/definition", { textDocument: gone, position: { line: 0, character: 0 } }],
      ["textDocument/formatting", { textDocument: gone, options: {} }],
      ["textDocument/semanticTokens/full", { textDocument: gone }],
      ["textDocument/codeLens", { textDocument: gone }],
      ["textDocument/inlayHint", { textDocument: gone, range }],
      ["textDocument/documentLink", { textDocument: gone }],
      ["textDocument/foldingRange", { textDocument: gone }],
    ] as const)
      expect(await request(method, params), method).toBeNull();
    expect(
      await request("workspace/willRenameFiles", { files: [{ oldUri: gone.uri, newUri: uriOf("other.grz") }] }),
    ).toEqual({ changes: {} });
  });
});
