// A program of two hundred lines typed character by character, one declaration after the other into the rest: nothing throws, and what is wrong outside of the
// declaration that is being typed is a consequence of it. By default some of the prefixes; TYPING_STEP=1 takes all.
import { expect, test } from "vitest";
import { required } from "../../base/failure.ts";
import type { Problem } from "../../base/problem.ts";
import { makeWorkspace } from "../../lsp/workspace/workspace.ts";
import { memoryPorts } from "./memory-ports.ts";
import { DECLARATIONS } from "./typing-source.ts";

const PATH = "/project/typed.grz";
const STEP = Number(process.env["TYPING_STEP"] ?? 31);
/** What is typed reads on in the next declaration, and is a program so far: nobody can tell. */
const READS_ON = /(?:type (?:struct|enum) as|insert into|upsert into)\s*$/iu;

/** Words of a text in lower case. */
function words(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[a-z_]\w*/gu));
}

/** The line of an offset. */
function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? text.length : end);
}

const told = ({ code, message }: Problem): string => `${code} ${message}`;

test("typing hurts nothing else", () => {
  const workspace = makeWorkspace(memoryPorts({}));
  const whole = `${DECLARATIONS.join("\n\n")}\n`;
  expect(whole.split("\n").length).toBeGreaterThanOrEqual(200);
  workspace.open(PATH, whole, 1);
  const known = new Set(required(workspace.document(PATH), "the document").problems().map(told));
  let version = 1;
  for (const [index, declaration] of DECLARATIONS.entries()) {
    const before = DECLARATIONS.slice(0, index)
      .map((each) => `${each}\n\n`)
      .join("");
    const after = `\n\n${DECLARATIONS.slice(index + 1).join("\n\n")}\n`;
    const own = words(declaration);
    for (let typed = index % STEP; typed <= declaration.length; typed += STEP) {
      const text = before + declaration.slice(0, typed) + after;
      version += 1;
      workspace.change(PATH, text, version);
      if (READS_ON.test(declaration.slice(0, typed))) continue;
      const strange = required(workspace.document(PATH), "the document")
        .problems()
        .filter((problem) => {
          const { start } = problem.span;
          if (start >= before.length && start <= before.length + typed) return false;
          // A variable of the script that was read there only is unused now.
          if (known.has(told(problem)) || problem.name === "UnusedVariable") return false;
          return ![...words(`${problem.message} ${lineAt(text, start)}`)].some((word) => own.has(word));
        });
      expect(strange.map(told), declaration.slice(0, typed)).toEqual([]);
    }
  }
});

test("a file that grows from nothing is checked at each prefix", () => {
  const workspace = makeWorkspace(memoryPorts({}));
  const whole = DECLARATIONS.join("\n\n");
  workspace.open(PATH, "", 1);
  for (let typed = 0; typed <= whole.length; typed += STEP) {
    workspace.change(PATH, whole.slice(0, typed), typed + 2);
    for (const { span } of required(workspace.document(PATH), "the document").problems()) {
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeLessThanOrEqual(Math.max(typed, 1));
    }
  }
});
