// GR-14: the run fixtures once more, through a daemon: one mount, a session for each chunk, the database emptied in between. What happens must be what the marker lines say.
// The fixtures' clock stands still, the daemon's is the machine's: both moments are `now` here.
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { lineStarts, positionAt } from "../../base/source.ts";
import { printQuoted } from "../../base/value/print.ts";
import { plainOwner, type RawResult, ResultsAnswer } from "../../protocol/client/answers.ts";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { markerLines, markersOf, rows, type Said, SEPARATOR, sourceOf } from "./harness.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/run");
const END = 4;
/** The clock of the fixtures. */
const FIXTURE_NOW = "2026-01-01T00:00:00Z";
const TIMESTAMP = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gu;

/** `now` for a time of the machine's clock since the chunk began. */
function isNow(time: string, startedAtMs: number): string {
  const ms = Date.parse(time);
  return time === FIXTURE_NOW || (ms >= startedAtMs - 1 && ms <= Date.now()) ? "now" : time;
}

let daemon: TestDaemon;
let empty: Database.Database;
beforeAll(async () => {
  daemon = await startTestDaemon({ sets: ["limits.fuel=50000000"] });
  const copy = `${daemon.place.database}.empty`;
  copyFileSync(daemon.place.database, copy);
  empty = new Database(copy);
});
afterAll(async () => {
  empty.close();
  await daemon.stop();
});

function resultSaid(result: RawResult): readonly Said[] {
  switch (result.kind) {
    case "table":
      return result.parts.flatMap((part) =>
        rows(part).map((row) => ({ kind: "row", text: row.map((value) => printQuoted(value)).join(" | ") })),
      );
    case "value":
      return [{ kind: "value", text: printQuoted(result.value) }];
    case "changes":
      return [{ kind: "changes", text: `${result.verb} ${result.changes}` }];
    case "done":
      return [];
  }
}

function errorSaid(error: unknown, text: string): readonly Said[] {
  if (!(error instanceof GrizzlyError)) throw error;
  const problems = (error.problems ?? []).filter(({ severity }) => severity === "error");
  if (problems.length > 0)
    return problems.map(({ code, span, message }) => ({
      kind: "problem",
      text: `${code} line ${positionAt(lineStarts(text), span.start).line} ${message}`,
    }));
  return [{ kind: "error", text: `${error.code} ${error.message}` }];
}

/** Runs a text in a session of its own and gives what happened, in order. */
async function attached(text: string): Promise<readonly Said[]> {
  await empty.backup(daemon.place.database);
  const client = await daemon.wire();
  await client.connect();
  const said: Said[] = [];
  const onNotice = (kind: string, line: string, problem: unknown): void => {
    // Of the text, which the harness of the fixtures does not ask for either.
    if (problem !== undefined) return;
    if (kind === "print") said.push({ kind: "out", text: line });
    else if (kind !== "notice") said.push({ kind: "log", text: `${kind} ${line}` });
  };
  let failure: unknown;
  const owner = plainOwner<readonly RawResult[]>(
    () => undefined,
    (error) => {
      failure = error;
    },
    onNotice,
  );
  const answer = new ResultsAnswer({ ...owner, allow: () => undefined });
  client.send("EXECUTE_SQL", { text });
  for (let isLast = false; !isLast; ) {
    const { name, frame } = await client.next();
    isLast = name === "ERROR" || name === "DONE" || (frame.flags & END) !== 0;
    const before = answer.results.length;
    answer.frame(frame, isLast);
    said.push(...answer.results.slice(before).flatMap(resultSaid));
  }
  client.end();
  return failure === undefined ? said : [...said, ...errorSaid(failure, text)];
}

test("GR-14 the library runs a script with no daemon, socket or thread", () => {
  const resources = (): readonly string[] => process.getActiveResourcesInfo().toSorted();
  const before = resources();
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  const outcome = session.execute({ name: "x.grz", text: "CREATE TABLE t (n int); INSERT INTO t VALUES (1); print 1" });
  expect(outcome.kind).toBe("completed");
  expect(resources()).toEqual(before);
  session.close();
});

describe("GR-14 the run fixtures through a daemon", () => {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".grz"))) {
    test(name, async () => {
      for (const chunk of readFileSync(join(FOLDER, name), "utf8").split(SEPARATOR)) {
        const expected = markersOf(chunk)
          .map((line) => line.replace(/^(# error: .*) \(line \d+\)$/u, "$1"))
          .map((line) => line.replaceAll(FIXTURE_NOW, "now"));
        const startedAtMs = Date.now();
        const lines = (await attached(sourceOf(chunk))).flatMap(markerLines);
        const seen = lines.map((line) => line.replaceAll(TIMESTAMP, (time) => isNow(time, startedAtMs)));
        expect(seen, chunk.slice(0, 200)).toEqual(expected);
      }
    });
  }
});
