// Documents that are made ready in steps: what is found is what a check at once finds, over the checker's fixtures and with edits between any two steps.
// A supposition and a sketch leave the workspace as it is.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Problem } from "../../base/problem.ts";
import { required } from "../../base/failure.ts";
import { finished } from "../../base/steps.ts";
import { type EditedWorkspace, makeWorkspace } from "../../lsp/workspace/workspace.ts";
import { rename } from "../../lsp/features/rename.ts";
import { memoryPorts } from "./memory-ports.ts";

const PATH = "/project/main.grz";
const FIXTURES = join(import.meta.dirname, "..", "fixtures", "check");
const SOURCES = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".grz"))
  .sort()
  .filter((_, index) => index % 4 === 0)
  .map((name) => readFileSync(join(FIXTURES, name), "utf8"));

function workspaceOf(files: Record<string, string> = {}): EditedWorkspace {
  const workspace = makeWorkspace(memoryPorts(files));
  workspace.setFolders(["/project"]);
  return workspace;
}

/** What a workspace that knows nothing finds. */
function atOnce(text: string, files: Record<string, string> = {}): readonly Problem[] {
  const workspace = workspaceOf(files);
  workspace.open(PATH, text, 1);
  return workspace.document(PATH)?.problems() ?? [];
}

describe("documents made ready in steps", () => {
  test("find what a check at once finds, also when edits come between the steps", () => {
    for (const [index, source] of SOURCES.entries()) {
      const workspace = workspaceOf();
      workspace.open(PATH, source, 1);
      let text = source;
      let edits = 0;
      const steps = workspace.ready(PATH, "check");
      for (let count = 1, step = steps.next(); step.done !== true; step = steps.next(), count += 1) {
        if ((count * 7 + index) % 5 > 0 || edits >= 3) continue;
        edits += 1;
        text = edits % 2 === 0 ? source : `print unheard_${edits}\n${source}\nprocedure more_${edits} () { print 1 }\n`;
        workspace.change(PATH, text, edits + 1);
      }
      const document = workspace.document(PATH);
      expect(document?.isChecked()).toBe(true);
      expect(document?.problems(), text).toEqual(atOnce(text));
    }
  });

  test("follow imports that change between the steps", () => {
    const library = (type: string): string =>
      `export function f (n int) returns ${type} { return ${type === "int" ? "n" : "'n'"} }\n`;
    const main = `import library\nprocedure p () { print f(2) }\nlet a: int = f(1)\nprint a\nprocedure q () { print 2 }\nprint 3\n`;
    const expected = atOnce(main, { "/project/library.grz": library("string") });
    expect(expected).not.toEqual(atOnce(main, { "/project/library.grz": library("int") }));
    for (let at = 0; at < 60; at += 1) {
      const workspace = workspaceOf({ "/project/library.grz": library("int") });
      workspace.open(PATH, main, 1);
      const steps = workspace.ready(PATH, "check");
      let isOver = false;
      for (let count = 0; count < at && !isOver; count += 1) isOver = steps.next().done === true;
      workspace.open("/project/library.grz", library("string"), 1);
      finished(isOver ? workspace.ready(PATH, "check") : steps);
      expect(workspace.document(PATH)?.problems()).toEqual(atOnce(main, { "/project/library.grz": library("string") }));
    }
  });

  test("two who wait for one document share its check", () => {
    const workspace = workspaceOf();
    workspace.open(PATH, SOURCES.join("\n"), 1);
    const one = workspace.ready(PATH, "check");
    const steps = (): number => {
      let count = 0;
      const other = workspace.ready(PATH, "check");
      while (other.next().done !== true) count += 1;
      return count;
    };
    for (let count = 0; count < 100; count += 1) one.next();
    const rest = steps();
    const whole = workspaceOf();
    whole.open(PATH, SOURCES.join("\n"), 1);
    let all = 0;
    for (const _ of whole.ready(PATH, "check")) all += 1;
    expect(rest).toBeLessThanOrEqual(all - 90);
  });
});

test("a rename that is proved in steps leaves the workspace as it is, at every step", () => {
  const text = "function twice (n int) returns int { return n + n }\nprint twice(2)\n";
  const workspace = workspaceOf({ "/project/other.grz": "import main\nprint twice(3)\n" });
  workspace.open(PATH, text, 1);
  const document = required(workspace.document(PATH), "the document");
  const steps = rename(workspace, document, text.indexOf("twice"), "double_it");
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    count += 1;
    expect(workspace.document(PATH)?.text).toBe(text);
    expect(workspace.document(PATH)?.problems()).toEqual(atOnce(text));
  }
  expect(count).toBeGreaterThan(5);
  expect(step.value).toMatchObject({ kind: "edits" });
});

test("a sketch has the declaration around the cursor and costs no parse of the others", () => {
  const workspace = workspaceOf();
  const text = Array.from({ length: 400 }, (_, number) => `procedure p_${number} () { let x = ${number} }\n`).join(
    "\n",
  );
  workspace.open(PATH, text, 1);
  const at = text.indexOf("let x = 200");
  const sketch = workspace.atHand(PATH, () => at);
  expect(sketch?.module.items.map(({ offset }) => offset)).toEqual([text.indexOf("procedure p_200")]);
  expect(sketch?.isChecked()).toBe(false);
  finished(workspace.ready(PATH, "tree"));
  expect(workspace.atHand(PATH, () => at)?.module.items).toHaveLength(400);
  // Also when all of the text is another one, and its parse has begun.
  const other = text.replaceAll("let x", "let y");
  workspace.change(PATH, other, 2);
  const steps = workspace.ready(PATH, "tree");
  for (let count = 0; count < 10; count += 1) steps.next();
  expect(workspace.atHand(PATH, () => other.indexOf("let y = 200"))?.module.items).toHaveLength(1);
});
