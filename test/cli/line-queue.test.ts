// The order in which the terminal's lines reach the session, and what is shown between and after them.
import { expect, it } from "vitest";
import { lineQueue, type LineQueue } from "../../cli/repl/line-queue.ts";

function recorded(): { readonly queue: LineQueue; readonly did: string[] } {
  const did: string[] = [];
  const queue = lineQueue({
    run: (line) => void did.push(line),
    prompt: () => void did.push("prompt"),
    leave: () => void did.push("leave"),
  });
  return { queue, did };
}

it("lines wait while the session works", () => {
  const { queue, did } = recorded();
  queue.add("a");
  queue.ready(false);
  queue.add("b");
  queue.ready(false);
  queue.ready(false);
  expect(did).toEqual(["a", "b", "prompt"]);
});

it("the end of the input waits for the lines before it, and shows no prompt", () => {
  const { queue, did } = recorded();
  queue.ready(false);
  queue.add("a");
  queue.add("b");
  queue.end();
  expect(did).toEqual(["prompt", "a"]);
  queue.ready(false);
  queue.ready(false);
  expect(did).toEqual(["prompt", "a", "b", "leave"]);
});

it("the end of the input at the prompt leaves at once", () => {
  const { queue, did } = recorded();
  queue.ready(false);
  queue.end();
  queue.end();
  expect(did).toEqual(["prompt", "leave"]);
});

it("a line that leaves drops those behind it", () => {
  const { queue, did } = recorded();
  queue.ready(false);
  queue.add("quit");
  queue.add("never");
  queue.ready(true);
  queue.end();
  expect(did).toEqual(["prompt", "quit", "leave"]);
});

it("an interruption forgets what waits", () => {
  const { queue, did } = recorded();
  queue.ready(false);
  queue.add("a");
  queue.add("b");
  queue.interrupt();
  queue.ready(false);
  expect(did).toEqual(["prompt", "a", "prompt"]);
});
