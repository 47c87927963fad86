// Runs the examples of a Markdown page: its grz blocks one after the other in one session; a text block after one is what it prints, tables included.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drawError } from "../../cli/output/errors.ts";
import { printResult } from "../../cli/output/results.ts";
import { PLAIN } from "../../cli/output/style.ts";
import { ROOT } from "../architecture/sources.ts";
import { testSession } from "../session.ts";

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in order. `path` is below the project's folder. */
export function blocksOf(path: string): readonly Block[] {
  const page = readFileSync(join(ROOT, path), "utf8");
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gmu)].map((match) => ({
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

/** What running the programs of a page gave. */
export interface PageOutcome {
  /** Errors of checking, as messages. */
  readonly problems: readonly string[];
  /** Printed and promised text of each block that a text block follows. An error that leaves a block is printed as on the command line. */
  readonly printed: readonly { readonly found: string; readonly wanted: string }[];
}

/** Runs the grz blocks of a page in one session. */
export function runPage(path: string): PageOutcome {
  const blocks = blocksOf(path);
  const { session, printed } = testSession();
  const problems: string[] = [];
  const results: { found: string; wanted: string }[] = [];
  let output = "";
  let seen = 0;
  const flush = (): void => {
    for (const line of printed.slice(seen)) output += `${line}\n`;
    seen = printed.length;
  };
  blocks.forEach((block, index) => {
    if (block.language !== "grz") return;
    output = "";
    const outcome = session.executeStatement(block.text, {
      onResult: ({ result }) => {
        flush();
        const write = (text: string | Uint8Array): void => {
          output += String(text);
        };
        printResult({ format: "table", write, style: PLAIN, width: undefined, chatty: false }, result);
      },
    });
    flush();
    for (const problem of outcome.problems) if (problem.severity === "error") problems.push(problem.message);
    if (outcome.kind === "failed") output += `${drawError(PLAIN, outcome.error)}\n`;
    const next = blocks[index + 1];
    if (next?.language === "text") results.push({ found: output, wanted: next.text });
    else if (outcome.kind === "failed") problems.push(output);
  });
  session.close();
  return { problems, printed: results };
}
