// Runs one program of the language: grz.mjs PROGRAM N. Prints {"ms": …, "result": …} of the second call.
import { readFileSync } from "node:fs";
import { open } from "../../dist/index.js";

const [, , program, size] = process.argv;
const database = open(":memory:");
database.exec(readFileSync(program, "utf8"));
database.call("run", Number(size));
const started = performance.now();
const result = database.call("run", Number(size));
console.log(JSON.stringify({ ms: performance.now() - started, result }));
database.close();
