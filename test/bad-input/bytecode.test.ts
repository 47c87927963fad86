// Stored bytecode that others have changed: refused with its code and compiled again from the stored text, so that what runs is what the text says.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MAGIC } from "../../bytecode/encode.ts";
import { open } from "../server/support.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  file = join(folder, "data.db");
  const first = open({ database: file });
  first.run("upsert procedure p(n int) returns int { return n + 1 }");
  first.run("upsert procedure p(n int) returns int { return n + 2 }");
  first.run("procedure q(n int) returns int { return n + 100 }");
  first.session.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bytecodeOf(db: Database.Database, name: string, version: number): Buffer {
  const row = db
    .prepare(
      "SELECT v.bytecode FROM gobi_routine_versions v JOIN gobi_routines r USING (routine_id) WHERE r.name = ? AND v.version = ?",
    )
    .pluck()
    .get(name, version);
  return row as Buffer;
}

/** Writes other bytes over those of p's second version. */
function tamper(change: (bytes: Buffer, db: Database.Database) => Buffer): void {
  const db = new Database(file);
  const bytes = change(Buffer.from(bytecodeOf(db, "p", 2)), db);
  db.prepare(
    "UPDATE gobi_routine_versions SET bytecode = ? WHERE version = 2 AND routine_id = (SELECT routine_id FROM gobi_routines WHERE name = 'p')",
  ).run(bytes);
  db.close();
}

/** The number behind the four bytes of the mark. */
const VERSION_AT = MAGIC.length;
/** Behind the version: length and hash of each section, a length of one or two bytes and a hash of eight. */
const FIRST_HASH_AT = VERSION_AT + 3;

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
}

it.each<[string, string, (bytes: Buffer, db: Database.Database) => Buffer]>([
  ["of a later format", "E8003", (bytes) => ((bytes[VERSION_AT] = 9), bytes)],
  ["of format 0", "E8003", (bytes) => ((bytes[VERSION_AT] = 0), bytes)],
  ["without its mark", "E8002", (bytes) => flipped(bytes, 0)],
  ["that is empty", "E8002", () => Buffer.alloc(0)],
  ["cut within the head", "E8001", (bytes) => bytes.subarray(0, VERSION_AT + 2)],
  ["cut by one byte", "E8001", (bytes) => bytes.subarray(0, bytes.length - 1)],
  ["with a byte at its end", "E8006", (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
  ["with a flipped bit in a hash", "E8004", (bytes) => flipped(bytes, FIRST_HASH_AT)],
  ["with a flipped bit in its code", "E8004", (bytes) => flipped(bytes, bytes.length - 10)],
  ["of zeros", "E8002", (bytes) => bytes.fill(0)],
  ["of another routine", "E8006", (_, db) => bytecodeOf(db, "q", 1)],
])("bytecode %s", (_, code, change) => {
  tamper(change);
  const db = open({ database: file });
  expect(db.call("p", 4)).toBe("6");
  expect(db.logged.join("\n")).toContain(
    `warn The stored bytecode of procedure p was refused and is compiled again. ${code} `,
  );
  db.session.close();
});

it("bytecode and text of which neither is whole is an error at the call", () => {
  const db = new Database(file);
  db.exec("UPDATE gobi_routine_versions SET bytecode = x'00', source = 'procedure p(n int) returns int { return m }'");
  db.close();
  const session = open({ database: file });
  expect(session.failCall("p", 4)).toMatch(
    /^InvalidRoutine: procedure p \(version 2\) no longer fits the database: .*\(E2\d{3}\)/u,
  );
  session.session.close();
});
