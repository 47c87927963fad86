// The examples of the reference run through the whole pipeline: those of the built-in functions, and those above the functions of stdlib/*.grz.
// A hidden row has no spelling in programs; its example runs in test/vm/intrinsics.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { INTRINSIC_ROWS } from "../../bytecode/intrinsics/intrinsics.ts";
import { testSession } from "../session.ts";

interface Example {
  readonly name: string;
  readonly expression: string;
  readonly result: string;
}

const FOLDER = join(import.meta.dirname, "../../stdlib");
const EXAMPLE = /^--- Example: (.+) {2}-- (.+)$/gm;

function example(name: string, text: string): Example {
  const at = text.lastIndexOf("  -- ");
  return { name, expression: text.slice(0, at), result: text.slice(at + 5) };
}

const BUILT_IN = INTRINSIC_ROWS.filter((row) => row.hidden !== true).map((row) => example(row.key, row.example));
const LIBRARY = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".grz"))
  .flatMap((file) =>
    Array.from(readFileSync(join(FOLDER, file), "utf8").matchAll(EXAMPLE), (match) =>
      example(`${file}: ${match[1]}`, `${match[1]}  -- ${match[2]}`),
    ),
  );

/** What `print` shows for an expression, or how it fails. */
function outcome(expression: string): string {
  const { session, printed } = testSession();
  try {
    const result = session.execute({ name: "example.grz", text: `print (${expression});` });
    if (result.kind === "failed") return `raises ${result.error.code}: ${result.error.message}`;
    if (result.kind === "rejected")
      return result.problems.map((problem) => `${problem.code} ${problem.message}`).join(" ");
    return printed.join("\n");
  } finally {
    session.close();
  }
}

describe("examples", () => {
  it.each([...BUILT_IN, ...LIBRARY].map((each) => [each.name, each] as const))(
    "%s",
    (_name, { expression, result }) => {
      const found = outcome(expression);
      if (result === "...") expect(found).not.toBe("");
      else expect(found).toBe(result);
    },
  );
});
