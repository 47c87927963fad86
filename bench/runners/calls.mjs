// Cost of one warm call (µs) and of compiling and verifying a 30-line procedure (ms): calls.mjs call|compile. Prints {"ms": figure}.
import { open } from "../../dist/index.js";

const database = open(":memory:");
const what = process.argv[2];

function procedure(n) {
  const lines = Array.from({ length: 12 }, (_, i) => `  if a > ${i + n} {\n    total += a * ${i + 2}\n  }`);
  return `upsert procedure work_${n} (a int) returns int {\n  let total = 0\n${lines.join("\n")}\n  return total\n}`;
}

if (what === "call") {
  database.exec("function one(a int) returns int { return a + 1 }");
  for (let i = 0; i < 20000; i += 1) database.call("one", i);
  const started = performance.now();
  for (let i = 0; i < 100000; i += 1) database.call("one", i);
  console.log(JSON.stringify({ ms: ((performance.now() - started) * 1000) / 100000 }));
} else {
  for (let n = 0; n < 30; n += 1) database.exec(procedure(n));
  const started = performance.now();
  for (let n = 30; n < 80; n += 1) database.exec(procedure(n));
  console.log(JSON.stringify({ ms: (performance.now() - started) / 50 }));
}
database.close();
