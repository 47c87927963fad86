// Makes the key of the daemon's Unix socket (protocol/client/socket-key.ts tells what it is for).
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { socketKeyFile } from "../../../protocol/client/socket-key.ts";

const KEY_BYTES = 32;

/** Writes a new key in place of an older one and gives it. The folder exists. @throws GrizzlyError ServiceUnavailable when it cannot be written. */
export function makeSocketKey(socket: string): string {
  const path = socketKeyFile(socket);
  const key = randomBytes(KEY_BYTES).toString("hex");
  try {
    // A new file: who has the old one open does not read this one, and no link leads elsewhere.
    rmSync(path, { force: true });
    writeFileSync(path, `${key}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new GrizzlyError("ServiceUnavailable", `The key of the socket cannot be written: ${String(error)}.`, {
      cause: error,
    });
  }
  return key;
}
