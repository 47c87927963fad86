// Signatures of the call around the cursor, and the parameter under it.
import { expect, test } from "vitest";
import { signatureHelp } from "../../../lsp/features/signature-help.ts";
import { fixture } from "../support.ts";

const HEAD = "function add (left int, right int = 2) returns int { return left + right }\n";

function help(source: string): string | undefined {
  const { workspace, document, cursor } = fixture(HEAD + source);
  const found = signatureHelp(workspace, document, cursor);
  const signature = found?.signatures[found.active];
  const parameter = found?.parameters[found.active];
  if (signature === undefined) return undefined;
  return `${signature.label} → ${parameter === undefined ? "-" : (signature.parameters[parameter]?.text ?? "?")}`;
}

const LABEL = "function add (left int, right int = 2) returns int";

test.each([
  ["let z = add(▮", `${LABEL} → left int`],
  ["let z = add(1, ▮", `${LABEL} → right int = 2`],
  ["let z = add(right: 1▮)", `${LABEL} → right int = 2`],
  ["let z = add([1, 2], (3)▮)", `${LABEL} → right int = 2`],
  ["let z = add(1, 2, 3▮)", `${LABEL} → -`],
  ["let z = upper(▮", "upper(text: string) -> string → text: string"],
  ["let z = 'a-b'.split(▮", "split(text: string, by: string) -> list<string> → by: string"],
  ["let z = add(1, 2)▮", undefined],
  ["if (▮", undefined],
  ["INSERT INTO users (▮", undefined],
])("%s", (source, expected) => {
  expect(help(source)).toBe(expected);
});
