// Every feature at every kind of place of sources that are cut off anywhere: nothing throws, and every span lies in the text.
import { finished } from "../../../base/steps.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callable, calleesOf, callersOf } from "../../../lsp/features/calls.ts";
import { codeActions } from "../../../lsp/features/code-actions.ts";
import { callersLens, codeLenses } from "../../../lsp/features/code-lenses.ts";
import { folds, selections } from "../../../lsp/features/folding.ts";
import { FORMAT_CHARACTERS, formatDocument, formatTyped } from "../../../lsp/features/formatting.ts";
import { inlayHints } from "../../../lsp/features/inlay-hints.ts";
import { links } from "../../../lsp/features/links.ts";
import { definition, highlights, references, typeDefinition } from "../../../lsp/features/navigation.ts";
import { rename } from "../../../lsp/features/rename.ts";
import { semanticTokens } from "../../../lsp/features/semantic-tokens.ts";
import { documentSymbols } from "../../../lsp/features/symbols.ts";
import { mentionsOf } from "../../../lsp/index/mentions.ts";
import { TEST_CRON } from "../../cron/port.ts";
import { edited, fixture } from "../support.ts";

const SOURCE = `import lib
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, CHECK (email <> ''));
type struct as Person (name string, age int)
--- Does it.
upsert procedure daily <{ kind: 'FULL', sched: ['nightly'] }> (limit_value int = 3) raises Broken returns int {
    let found = WITH c (n) AS (SELECT id FROM users) SELECT c.n, u.* FROM c JOIN users u ON u.id = c.n
    outer: for row in found { if row.n > limit_value { break outer } else { print "\${row.email}" } }
    try { raise Broken('x', {code: 1}) } catch (Broken as e) { print e.message }
    return match limit_value { 1 => 2, _ => len([1, 2] |> map(x => x + 1)) }
}
CREATE TRIGGER t BEFORE UPDATE OF email ON users FOR EACH ROW AS BEGIN SET NEW.email = lower(OLD.email); END;
upsert PIPELINE as p (steps: [daily, other(after: daily, call: 'daily')])
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'daily')
UPDATE users SET email = 'x' WHERE id IN (SELECT max(id) OVER w FROM users WINDOW w AS (ORDER BY id));
`;

function useEverything(text: string, offsets: readonly number[]): void {
  const { workspace, document } = fixture(`=== main.grz\n${text}`);
  const whole = { start: 0, end: document.text.length };
  const inside = ({ start, end }: { readonly start: number; readonly end: number }): void => {
    expect(start >= 0 && start <= end && end <= whole.end, `${start}..${end} of ${whole.end}`).toBe(true);
  };
  for (const { span } of finished(semanticTokens(document))) inside(span);
  for (const { offset } of finished(inlayHints(document, whole, { types: true, parameters: true, nulls: true })))
    inside({ start: offset, end: offset });
  for (const { span } of finished(codeLenses(document, TEST_CRON))) inside(span);
  for (const { span, nameSpan } of documentSymbols(document)) [span, nameSpan].forEach(inside);
  for (const { span } of links(workspace, document)) inside(span);
  for (const { endLine } of folds(document)) expect(endLine).toBeLessThan(document.lineStarts.length);
  edited(document.text, finished(formatDocument(document)));
  for (const offset of offsets) {
    const at = { start: offset, end: Math.min(offset + 7, whole.end) };
    finished(definition(workspace, document, offset));
    finished(typeDefinition(workspace, document, offset));
    for (const { span } of finished(references(workspace, document, offset, true))) inside(span);
    for (const { span } of highlights(document, offset)) inside(span);
    for (const { edits } of codeActions(document, at, ["quickfix", "refactor", "source"])) {
      for (const edit of edits) inside(edit.span);
      edited(document.text, edits);
    }
    for (const character of FORMAT_CHARACTERS)
      edited(document.text, finished(formatTyped(document, offset, character)));
    selections(document, offset).forEach(inside);
    finished(callersLens(workspace, document, offset));
    for (const caller of finished(callable(workspace, document, offset))) {
      finished(callersOf(workspace, caller));
      finished(calleesOf(workspace, caller));
    }
  }
}

describe("features over broken sources", () => {
  test("the whole text, at places all over", () => {
    useEverything(
      SOURCE,
      Array.from({ length: Math.ceil(SOURCE.length / 13) }, (_, index) => index * 13),
    );
  });

  test("prefixes, at their end", () => {
    for (let length = 0; length < SOURCE.length; length += 29) {
      const text = SOURCE.slice(0, length);
      useEverything(text, [text.length, Math.floor(text.length / 2)]);
    }
  });

  test("every statement of the fixtures is indexed, each mention where its name stands", () => {
    const folder = join(import.meta.dirname, "../../fixtures/check");
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((each) =>
      each.endsWith(".grz"),
    )) {
      const { document } = fixture(`=== main.grz\n${readFileSync(join(folder, name), "utf8")}`);
      for (const { span, symbol } of mentionsOf(document))
        expect(
          document.text
            .slice(span.start, span.end)
            .replaceAll(/^[`[]|[`\]]$/g, "")
            .toLowerCase(),
          name,
        ).toBe(symbol.name.toLowerCase());
    }
  });

  test("other line ends, marks of byte order, characters outside the basic plane", () => {
    for (const text of [
      "\uFEFFlet a = 1\r\nprint a\r\n",
      "let a = '😀'\rprint a",
      "\0\u2028let x",
      "procedure 😀 () { }",
    ])
      useEverything(text, [0, 5, text.length]);
  });

  test("renames of every word give a text without new errors, or a reason", () => {
    const { workspace, document } = fixture(`=== main.grz\n${SOURCE}`);
    const errors = document.problems().filter((problem) => problem.severity === "error").length;
    for (const { index } of [...SOURCE.matchAll(/[A-Za-z_]+/g)].filter((_, number) => number % 4 === 0)) {
      const renamed = finished(rename(workspace, document, index, "zz_new"));
      if (renamed.kind === "refused") {
        expect(renamed.reason).toMatch(/\.$/);
        continue;
      }
      const text = edited(document.text, renamed.edits.get(document.path) ?? []);
      const after = fixture(`=== main.grz\n${text}`)
        .document.problems()
        .filter((problem) => problem.severity === "error");
      expect(after.length, document.text.slice(index, index + 20)).toBeLessThanOrEqual(errors);
    }
  });
});
