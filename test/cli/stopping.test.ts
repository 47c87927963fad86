// Long SQL statements under `gobic run --timeout`, and in the REPL's worker when Ctrl-C sets the shared flag: the process and the session go on.
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import type { FromWorker, ToWorker, WorkerStart } from "../../cli/repl/messages.ts";
import { runCommandLine } from "./run-command-line.ts";

const ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n;";

it("ends a run with Timeout", async () => {
  // The first run loads the compiler, which must not count.
  expect((await runCommandLine("run", "-e", "SELECT 1 AS one;")).code).toBe(0);
  const { code, out, err } = await runCommandLine(
    "run",
    "--timeout",
    "1s",
    "-e",
    `print "before"; ${ENDLESS} print "after";`,
  );
  expect(code).toBe(1);
  expect(out).toBe("before\n");
  expect(err).toContain("Timeout: The statement took longer than it may (limit timeoutMs).");
}, 60_000);

it("keeps the REPL's session", async () => {
  const cancel = new SharedArrayBuffer(4);
  const workerData: WorkerStart = {
    database: undefined,
    readOnly: false,
    format: "csv",
    coloured: false,
    cwd: process.cwd(),
    width: 80,
    cancel,
  };
  const file = new URL("../../cli/repl/worker.ts", import.meta.url).href;
  const worker = new Worker(
    `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(file)}); });`,
    { eval: true, workerData },
  );
  const shown: string[] = [];
  const ready = async (): Promise<void> =>
    await new Promise((resolve, reject) => {
      const hear = (message: FromWorker): void => {
        if (message.kind === "output") shown.push(message.text);
        if (message.kind !== "ready") return;
        worker.off("message", hear);
        resolve();
      };
      worker.on("message", hear);
      worker.once("error", reject);
    });
  const type = async (text: string): Promise<void> => {
    worker.postMessage({ kind: "line", text, width: 80 } satisfies ToWorker);
    await ready();
  };
  await ready();
  await type("CREATE TABLE t (a int);");
  await type("INSERT INTO t SELECT value FROM json_each('[1, 2, 3]');");
  // The key is pressed when the program says that it is about to ask the engine.
  worker.on("message", (message: FromWorker) => {
    if (message.kind === "output" && message.text === "running\n") Atomics.store(new Int32Array(cancel), 0, 1);
  });
  await type(`if true { print "running"; let n = ${ENDLESS} print n }`);
  expect(shown.join("")).toContain("Cancelled: The statement was cancelled.");
  shown.length = 0;
  await type("SELECT sum(a) AS s FROM t;");
  expect(shown.join("")).toContain("6");
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  worker.postMessage({ kind: "end" } satisfies ToWorker);
  await exited;
}, 60_000);
