// The program grizzly-lsp: the language server on standard input and output. Editors start it as `grizzly-lsp --stdio`.
import { VERSION } from "../base/version.ts";
import { runLanguageServer } from "./language-server.ts";

const HELP = `Usage: grizzly-lsp --stdio

The language server of PL-GRIZZLY, for editors. It speaks the language server protocol on standard input and output.
`;

const KNOWN: ReadonlySet<string> = new Set(["--stdio", "--version", "--help"]);
/** Editors add `--clientProcessId=…`. */
const unknown = process.argv.slice(2).filter((word) => !KNOWN.has(word) && !word.startsWith("--clientProcessId"));
if (process.argv.includes("--version")) process.stdout.write(`${VERSION}\n`);
else if (process.argv.includes("--help")) process.stdout.write(HELP);
else if (unknown.length > 0) {
  process.stderr.write(`grizzly-lsp: ${unknown.join(" ")} is not known.\n${HELP}`);
  process.exitCode = 2;
} else {
  void runLanguageServer(process).then((exitCode) => {
    process.exit(exitCode);
  });
}
