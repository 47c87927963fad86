// Kill -9 in the middle of a procedure: the database is sound afterwards and holds none of the call's writes.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { open } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("./programs/killed.ts", import.meta.url));

it("leaves nothing of the call", async () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const file = join(folder, "data.db");
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, file], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<string | null>((resolve) => child.on("exit", (_, signal) => resolve(signal)));
  let said = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes("half")) {
        child.kill("SIGKILL");
        resolve();
      }
    });
    child.on("exit", () => resolve());
  });
  expect(await ended).toBe("SIGKILL");
  expect(said).toBe("half\n");
  const db = open({ database: file });
  expect(db.run("PRAGMA integrity_check")).toEqual(["ok"]);
  expect(db.run("SELECT a FROM t")).toEqual(["0"]);
  expect(db.run("SELECT name FROM system.procedures")).toEqual(["fill"]);
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});
