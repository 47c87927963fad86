// A request beyond its deadline is told so, also when it was stopped from outside before it noticed by itself.
import { expect, test } from "vitest";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage } from "../../protocol/message-codec.ts";
import { Answer } from "../../server/lanes/answer.ts";
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
