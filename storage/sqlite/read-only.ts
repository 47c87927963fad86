// Attached databases that must not be written: SQLite itself knows a whole connection that only reads, but no such part of one, and has no authorizer here.
// A statement that would write says so in its program: it begins with a Transaction step for each database, which tells whether it is for writing.
import type Database from "better-sqlite3";
import { EngineError } from "../engine.ts";
import { scanSql } from "./scan.ts";

interface ProgramStep {
  readonly opcode: string;
  readonly p1: number;
  readonly p2: number;
}

/** @throws EngineError `readOnly` when the statement, or a trigger that it fires, writes one of the databases. */
export function refuseWrites(db: Database.Database, text: string, aliases: ReadonlySet<string>): void {
  if (aliases.size === 0 || db.prepare(text).readonly) return;
  const databases = new Map(
    db
      .prepare<[], { readonly seq: number; readonly name: string }>("PRAGMA database_list")
      .all()
      .map(({ seq, name }) => [seq, name.toLowerCase()]),
  );
  const values = scanSql(text)
    .filter((token) => token.kind === "parameter")
    .map(() => null);
  for (const { opcode, p1, p2 } of db.prepare<unknown[], ProgramStep>(`EXPLAIN ${text}`).all(...values)) {
    const name = databases.get(p1) ?? "";
    if (opcode !== "Transaction" || p2 === 0 || !aliases.has(name)) continue;
    throw new EngineError(`${name} is attached for reading; a program of this database cannot write there.`, {
      kind: "readOnly",
      code: "GOBI_ATTACHED_READ_ONLY",
      help: "Write to it by a statement of its own at the top level, or by a procedure that is stored there.",
    });
  }
}
