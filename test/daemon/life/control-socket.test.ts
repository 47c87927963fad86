// The control socket: for the owner alone, who shows its key.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askDaemon, listenForControl } from "../../../server/daemon/control-socket.ts";

/** What comes back for a line. */
function said(path: string, line: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(path, () => socket.write(line));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    socket.on("close", () => resolve(text));
  });
}

test("GR-29: a question that does not show the key of the socket is refused and does nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gobi-control-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "x.control");
  const asked: string[] = [];
  const server = await listenForControl(path, (action) => {
    asked.push(action);
    return Promise.resolve({ action });
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}.key`).mode & 0o777).toBe(0o600);
  for (const key of [undefined, "", "wrong", 7, null, "0".repeat(64)])
    expect(await said(path, `${JSON.stringify({ action: "unmount", key })}\n`)).toContain("AuthenticationFailed");
  expect(asked).toEqual([]);
  expect(await askDaemon(path, "status", undefined, 10_000)).toEqual({ action: "status" });
  rmSync(`${path}.key`);
  await expect(askDaemon(path, "unmount", undefined, 10_000)).rejects.toMatchObject({ code: "AuthenticationFailed" });
  expect(asked).toEqual(["status"]);
  await server.close();
});
