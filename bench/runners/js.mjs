// Runs one JavaScript program: js.mjs PROGRAM N. Prints {"ms": …, "result": …} of the second call (the first warms up).
import { pathToFileURL } from "node:url";

const [, , program, size] = process.argv;
const { run } = await import(pathToFileURL(program));
run(Number(size));
const started = performance.now();
const result = run(Number(size));
console.log(JSON.stringify({ ms: performance.now() - started, result }));
