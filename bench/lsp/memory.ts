// Whether the language server keeps anything of edits that are over: `node --expose-gc --import tsx bench/lsp/memory.ts`.
// 5,000 edits of a 2,000-line file in this process, with the checks, completions and hovers that an editor asks for; the heap after a forced collection, as a line through its sizes.
import { finished } from "../../base/steps.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { languageServerOptions } from "../../cli/language-server.ts";
import { completion } from "../../lsp/features/completion.ts";
import { hover } from "../../lsp/features/hover.ts";
import { makeWorkspace } from "../../lsp/workspace/workspace.ts";
import { placesToType, programText, schemaText, TYPED } from "./program.ts";

const EDITS = 5000;
const SAMPLE_EVERY = 250;
const SLOPE_MAX = 1024;
const PATH = "/bench/typed.grz";

/** Bytes that are alive. */
function heapBytes(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Growth per step of a line through the values, by least squares. */
function slope(values: readonly number[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const steps = values.map((_, index) => index);
  const [x, y] = [mean(steps), mean(values)];
  const over = values.reduce((sum, value, index) => sum + (index - x) * (value - y), 0);
  return over / steps.reduce((sum, index) => sum + (index - x) ** 2, 0);
}

if (globalThis.gc === undefined) {
  console.error("bench/lsp/memory.ts needs node --expose-gc.");
  process.exit(2);
}
const options = languageServerOptions();
const catalog = catalogWithFile(makeCatalog(), parse({ name: "schema.sql", text: schemaText(200) }).value);
const workspace = makeWorkspace({
  ...options.ports,
  files: { ...options.ports.files, names: (folder) => (folder === "/bench" ? ["main.gobi"] : []) },
  openDatabase: () => ({ view: () => catalog, close: () => undefined }),
  warn: (text) => console.error(text),
});
const original = programText(2000, 200);
const places = placesToType(original, 7);
let text = original;
workspace.open(PATH, text, 1);
const sizes: number[] = [];
for (let edit = 0; edit < EDITS; edit += 1) {
  // Typed to the end, then taken out again, in one place after the other.
  const within = edit % (TYPED.length * 2);
  const place = places[Math.floor(edit / (TYPED.length * 2)) % places.length] ?? 0;
  const length = within < TYPED.length ? within + 1 : TYPED.length * 2 - within - 1;
  text = original.slice(0, place) + TYPED.slice(0, length) + original.slice(place);
  workspace.change(PATH, text, edit + 2);
  const document = workspace.document(PATH);
  document?.problems();
  if (document !== undefined && edit % 5 === 0) {
    completion(workspace, document, place + length, { max: 200, mayGoOn: () => true, isDue: () => false });
    finished(hover(workspace, document, place + length, options.ports.cron));
  }
  if (edit % SAMPLE_EVERY === SAMPLE_EVERY - 1) sizes.push(heapBytes());
}
// The first samples hold what is made once: compiled code, tables of built-in functions.
const perEdit = slope(sizes.slice(4)) / SAMPLE_EVERY;
const isReached = perEdit <= SLOPE_MAX;
if (!isReached) process.exitCode = 1;
const megabytes = (sizes.at(-1) ?? 0) / 1024 / 1024;
console.log(
  `  ${isReached ? "reached" : "MISSED "}: heap per edit over ${EDITS} edits: ${perEdit.toFixed(0)} bytes, ${megabytes.toFixed(0)} MB in the end (at most ${SLOPE_MAX} bytes)`,
);
