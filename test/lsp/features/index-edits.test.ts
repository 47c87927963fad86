// The index while a file is edited: what did not change is not collected again, and the result is that of a fresh look.
import { describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { mentionsIn, mentionsOf } from "../../../lsp/index/mentions.ts";
import type { Document } from "../../../lsp/types.ts";
import { makeWorkspace } from "../../../lsp/workspace/workspace.ts";
import { memoryPorts } from "../memory-ports.ts";

const PATH = "/project/main.grz";
const SOURCE = `CREATE TABLE users (id int, email text);
procedure first (a int) { print a; CALL second(a) }
procedure second (b int) { UPDATE users SET email = 'x' WHERE id = b }
let x = 1
print x
`;

function shown(document: Document): readonly string[] {
  return mentionsOf(document).map(
    ({ span, symbol, role }) =>
      `${span.start} ${document.text.slice(span.start, span.end)} ${symbol.kind} ${role} ${typeof symbol.key === "string" ? symbol.key : ""}`,
  );
}

/** Opens the source and applies edits one after the other, looking at the index after each. */
function edit(edits: readonly (readonly [string, string])[]): { readonly document: Document; readonly text: string } {
  const workspace = makeWorkspace(memoryPorts({}));
  let text = SOURCE;
  workspace.open(PATH, text, 1);
  const now = (): Document => required(workspace.document(PATH), "the document");
  shown(now());
  edits.forEach(([from, to], index) => {
    text = text.replace(from, to);
    workspace.change(PATH, text, index + 2);
    shown(now());
  });
  return { document: now(), text };
}

const EDITS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "a body": [["print a", "print a + 1"]],
  "a line before": [["CREATE", "-- a comment\nCREATE"]],
  "the name of a routine that others call": [["procedure second", "procedure third"]],
  "a variable of the script": [["let x", "let y"]],
  "a table that is no longer made, and is again": [
    ["CREATE TABLE users", "CREATE TABLE people"],
    ["CREATE TABLE people", "CREATE TABLE users"],
  ],
  "a struct of a table's name": [["let x", "type struct as users (id int)\nlet x"]],
  "a broken declaration and its repair": [
    ["print a;", "print (;"],
    ["print (;", "print a;"],
  ],
};

describe("the index of an edited file", () => {
  for (const [name, edits] of Object.entries(EDITS))
    test(name, () => {
      const { document, text } = edit(edits);
      const fresh = makeWorkspace(memoryPorts({}));
      fresh.open(PATH, text, 1);
      expect(shown(document)).toEqual(shown(required(fresh.document(PATH), "the document")));
    });

  test("an edit leaves the mentions of other declarations as they are", () => {
    const workspace = makeWorkspace(memoryPorts({}));
    workspace.open(PATH, SOURCE, 1);
    const collected = (): readonly unknown[] => {
      const document = required(workspace.document(PATH), "the document");
      return document.module.items.map((item) => mentionsIn(document, item));
    };
    const before = collected();
    workspace.change(PATH, SOURCE.replace("print a", "print a + 1"), 2);
    const after = collected();
    expect(after.map((each, index) => each === before[index])).toEqual([true, false, true, true, true]);
  });
});
