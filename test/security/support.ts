// A database file with an owner and sessions that act as users; statements give rows as text, or the error.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { cell } from "../../base/value/column.ts";
import { Timestamp, type Value } from "../../base/value/value.ts";
import { jsonText } from "../../base/value/json.ts";
import { principalOf } from "../../server/security/people.ts";
import { OWNER, type Principal } from "../../server/security/types.ts";
import type { Session, SessionOptions } from "../../server/session-types.ts";
import { testSession } from "../session.ts";

/** Somebody with a session. */
export interface Person {
  readonly session: Session;
  readonly notices: readonly string[];
  /** Rows as `a|b` lines, the text of what was done, or `Code: message`. */
  run(text: string): string;
}

/** A database with its owner. */
export interface Town {
  readonly file: string;
  readonly owner: Person;
  /** A session of a user, of its own connection. */
  as(name: string, more?: Partial<Principal>): Person;
  /** A session of any principal. */
  open(principal: Principal | undefined, options?: Partial<SessionOptions>): Person;
}

function show(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  return value instanceof Timestamp ? "<time>" : jsonText(value);
}

/** Runs a text and tells what came of it. */
export function outcomeOf(session: Session, text: string): string {
  const lines: string[] = [];
  const outcome = session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind === "table")
        for (let row = 0; row < result.table.length; row += 1)
          lines.push(result.table.columns.map((column) => show(cell(column, row))).join("|"));
      else if (result.kind === "value") lines.push(show(result.value));
      else lines.push(result.kind === "done" ? result.text : `${result.verb} ${result.changes}`);
    },
  });
  if (outcome.kind === "failed") return `${outcome.error.code}: ${outcome.error.message}`;
  if (outcome.kind === "rejected")
    return outcome.problems.map((problem) => `${problem.code} ${problem.message}`).join("\n");
  return lines.join("\n");
}

/** A new database; everything is closed and removed when the test ends. `script` is run by the owner. */
export function town(script = ""): Town {
  const folder = mkdtempSync(join(tmpdir(), "gobi-security-"));
  const file = join(folder, "main.gobi");
  const sessions: Session[] = [];
  onTestFinished(() => {
    for (const session of sessions) session.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open: Town["open"] = (principal, options = {}) => {
    const { session, notices } = testSession({
      database: file,
      ...(principal === undefined ? {} : { principal }),
      ...options,
    });
    sessions.push(session);
    return { session, notices, run: (text) => outcomeOf(session, text) };
  };
  const owner = open(OWNER);
  for (const statement of script === "" ? [] : [script]) {
    const outcome = owner.session.executeStatement(statement);
    if (outcome.kind !== "completed") throw new Error(owner.run(statement));
  }
  return {
    file,
    owner,
    open,
    as: (name, more = {}) => open({ ...principalOf(owner.session.connection, name), ...more }),
  };
}
