// The functions of stdlib/*.grz for the reference: header, doc comment and example of each, read from the source.
// A function there is a doc comment of `---` lines whose last one is `Example: expression  -- result`, then the header.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One function of the library. */
export interface LibraryFunction {
  readonly name: string;
  readonly file: string;
  /** As the intrinsics' signatures are written: `map(items: list<T>, change: fn(T) -> U) -> list<U>`. */
  readonly signature: string;
  readonly doc: string;
  readonly example: string;
}

const DECLARATION = /((?:^---.*\n)+)^(?:export )?function (\w+) \((.*)\)\n+returns (.+)$/gm;

/** Functions in the order of the files and their text. */
export function libraryFunctions(folder: string): readonly LibraryFunction[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".grz"));
  return files.flatMap((file) =>
    Array.from(
      readFileSync(join(folder, file), "utf8").matchAll(DECLARATION),
      ([, comment = "", name = "", parameters = "", result = ""]) => {
        const lines = comment
          .trimEnd()
          .split("\n")
          .map((line) => line.replace(/^--- ?/, ""));
        const example = lines.find((line) => line.startsWith("Example: "))?.slice("Example: ".length) ?? "";
        const doc = lines.filter((line) => !line.startsWith("Example: ")).join(" ");
        return {
          name,
          file,
          signature: `${name}(${parameters.replace(/(^|, )(\w+) (?=[a-zA-Z{])/g, "$1$2: ")}) -> ${result}`,
          doc,
          example,
        };
      },
    ),
  );
}
