// Looking at the rights of sessions between their statements: what cannot be looked up is told once and tried again, and ends nothing (GR-115).
import { expect, it, vi } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RightsWatch } from "../../server/lanes/rights-watch.ts";
import { OWNER } from "../../server/security/types.ts";

it("goes on where no connection can be opened, and says so once (GR-115)", () => {
  const folder = mkdtempSync(join(tmpdir(), "rights-watch-"));
  const warnings: string[] = [];
  const [goodbye, cancel] = [vi.fn(), vi.fn()];
  const info = {
    sessionId: 1n,
    secret: new Uint8Array(16),
    principal: { ...OWNER, userId: "u1", name: "alice", superuser: false },
    clientName: "test",
    transport: "unix" as const,
    protocolVersion: 1,
    compression: undefined,
    pending: new Uint8Array(0),
    greet: false,
    messageId: 0n,
  };
  const session = { info, request: undefined, subscribed: true, goodbye, cancel };
  const watch = new RightsWatch(new Map([[1, session]]), join(folder, "missing.gobi"), (text) => {
    warnings.push(text);
  });
  try {
    for (let ms = 0; ms < 5000; ms += 500) watch.look(ms);
    expect(warnings).toEqual([expect.stringMatching(/^The rights of sessions cannot be looked up: /u)]);
    expect(goodbye).not.toHaveBeenCalled();
    expect(cancel).not.toHaveBeenCalled();
  } finally {
    watch.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
