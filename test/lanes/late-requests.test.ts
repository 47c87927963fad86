// A request beyond its deadline is told so, also when it was stopped from outside before it noticed by itself.
import { expect, test } from "vitest";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage } from "../../protocol/message-codec.ts";
import { Answer } from "../../server/lanes/answer.ts";
import { LaneCounts } from "../../server/lanes/counts.ts";
import { Requests } from "../../server/lanes/request-life.ts";
import { WriteTurns } from "../../server/lanes/write-turns.ts";
import type { SessionLimits } from "../../server/session-types.ts";
import { RequestEnded, RunningRequest } from "../../server/lanes/running-request.ts";

/** The code that a client reads when a request with this deadline answers with Cancelled. */
function codeOfCancelled(deadlineMs: number | undefined): string {
  const request = new RunningRequest(1, "SELECT 1", deadlineMs);
  const reader = new FrameReader();
  let code = "";
  const put = (bytes: Uint8Array): void => {
    for (const frame of reader.push(bytes)) ({ code } = decodeMessage("ERROR", frame.payload).fields);
  };
  const answer = new Answer({ id: 1, epoch: 0, request, endFlags: () => 4, put }, 1);
  answer.error({ code: "Cancelled", message: "The call was cancelled.", retryable: false });
  expect(answer.timedOut).toBe(code === "Timeout");
  return code;
}

test("a request that was cancelled at its deadline says Timeout; before it, Cancelled", () => {
  expect(codeOfCancelled(-1)).toBe("Timeout");
  expect(codeOfCancelled(60_000)).toBe("Cancelled");
  expect(codeOfCancelled(undefined)).toBe("Cancelled");
});

test("a request that waits beyond its deadline ends with Timeout, whatever else wants its end", () => {
  const late = new RunningRequest(1, "SELECT 1", -1);
  late.stop = new RequestEnded("Cancelled", "The request was cancelled.");
  expect(() => late.check(false)).toThrow("longer than it may");
});

/** Requests of a lane with these limits. */
function requestsWith(limits: SessionLimits, deadlineMaxMs: number | undefined): Requests {
  const opening = {
    label: "DQM-test-01-M",
    tags: [],
    database: "",
    directory: "",
    controlFile: "",
    limits,
    deadlineMaxMs,
    busyTimeoutMs: 0,
    mmapBytes: undefined,
    idleTimeoutMs: 0,
  };
  const watched = { tables: false, catalog: false };
  return new Requests({ opening, counts: new LaneCounts(), turns: new WriteTurns(), watched, send: () => undefined });
}

test("a request that names no deadline has the usual one; it may name a longer one, up to the longest", () => {
  const requests = requestsWith({ timeoutMs: 300_000 }, 3_600_000);
  const timeoutOf = (deadline_ms?: number | bigint): number | undefined => requests.limits({ deadline_ms }).timeoutMs;
  expect([undefined, 10, 300_001, 2n ** 62n].map(timeoutOf)).toEqual([300_000, 10, 300_001, 3_600_000]);
  expect(requestsWith({}, undefined).limits({ deadline_ms: 7_200_000 }).timeoutMs).toBe(7_200_000);
  expect(() => requests.limits({ deadline_ms: -1 })).toThrow("deadline_ms must not be negative");
});

test("a request may ask for fewer rows than may be, not for more", () => {
  const rowsOf = (rowsMax: number | undefined, rows_max?: number): number | undefined =>
    requestsWith(rowsMax === undefined ? {} : { rowsMax }, undefined).limits({ rows_max }).rowsMax;
  expect([rowsOf(100), rowsOf(100, 10), rowsOf(100, 1000), rowsOf(undefined, 1000), rowsOf(undefined)]).toEqual([
    100,
    10,
    100,
    1000,
    undefined,
  ]);
});
