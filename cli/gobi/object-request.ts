// Names and texts as the statements of the table of object commands hold them, and requests of programs: `gobi tui` makes the same statements as the commands do.
import { UsageError } from "../commands/context.ts";
import type { ObjectRequest } from "./object-types.ts";

function backticked(given: string): string {
  if (given.includes("`")) throw new UsageError(`a name cannot hold a backtick: ${given}`);
  return `\`${given}\``;
}

/** How names and texts are written. `quoted` and `whole` throw UsageError for a name with a backtick. */
export const SPELLING: Pick<ObjectRequest, "quoted" | "whole" | "text"> = {
  quoted: (given) => given.split(".").map(backticked).join("."),
  whole: backticked,
  text: (given) => `'${given.replaceAll("'", "''")}'`,
};

/** A request for one object, with options by their long name. */
export function objectRequest(name: string, options: Readonly<Record<string, string>> = {}): ObjectRequest {
  return {
    name,
    option: (option) => options[option],
    flag: (option) => options[option] !== undefined,
    ...SPELLING,
    count: (option, otherwise) => Number(options[option] ?? otherwise),
  };
}
