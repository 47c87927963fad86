// The audit log: who did what to the catalog and to rights, who connected, what was refused. Rows form a chain: each hash covers the row and the hash before,
// so that a changed, removed or inserted row is found. What whoever can write the file might do (making the whole chain anew) shows against a hash noted elsewhere.
import { createHash } from "node:crypto";
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { insertRow, numberOf, readRows, textOf } from "../sql/rows.ts";
import { ANCHOR, confirms, type Purged, purgedOf } from "./audit-anchor.ts";
import { hasUsers } from "./rights.ts";

/** What happened. Never holds a secret, nor values of rows. */
export interface AuditEvent {
  /** `grant`, `create_table`, `login`, `denied` … */
  readonly action: string;
  readonly outcome: "done" | "denied" | "failed";
  /** Undefined: the owner of the mount. */
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly objectKind?: string;
  readonly objectName?: string;
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** The fields in the order in which they are hashed, as they were written. */
const FIELDS = [
  "seq",
  "CAST(at AS TEXT)",
  "user_id",
  "session_id",
  "run_id",
  "action",
  "object_kind",
  "object_name",
  "outcome",
  "CAST(details AS TEXT)",
] as const;

/** The hash of a row: over its fields as JSON, in order, and the hash before. */
function rowHash(fields: readonly (string | number | null)[], previous: string | null): string {
  return createHash("sha256")
    .update(JSON.stringify([...fields, previous]))
    .digest("hex");
}

/** Writes an event. Runs inside the caller's transaction, which must be able to write. @throws EngineError. */
export function writeAudit(place: CatalogPlace, event: AuditEvent): void {
  const { connection } = place;
  const [last] = readRows(
    connection,
    `SELECT seq, row_hash FROM ${storedTable("audit_log")} ORDER BY seq DESC LIMIT 1`,
  );
  const previous = last === undefined ? null : textOf(last[1]);
  const row = {
    seq: numberOf(last?.[0]) + 1,
    at: timestampText(place.nowMicros()),
    user_id: event.userId ?? null,
    session_id: event.sessionId ?? null,
    run_id: null,
    action: event.action,
    object_kind: event.objectKind ?? null,
    object_name: event.objectName ?? null,
    outcome: event.outcome,
    details: event.details === undefined ? null : JSON.stringify(event.details),
  };
  insertRow(connection, storedTable("audit_log"), {
    ...row,
    prev_hash: previous,
    row_hash: rowHash(Object.values(row), previous),
  });
}

/** What checking the chain found. */
export type AuditState =
  | {
      readonly kind: "whole";
      readonly rows: number;
      readonly head: string | undefined;
      /** What is gone from the beginning, as rows of the chain confirm. */
      readonly purged?: Purged;
    }
  /** The first row that does not fit, and why; `rows` is the number of the last one that does. */
  | { readonly kind: "broken"; readonly rows: number; readonly seq: number; readonly why: string };

/** How far a check has come. */
interface Chain {
  rows: number;
  lastSeq: number;
  previous: string | null;
  anchor: Purged | undefined;
  confirmed: boolean;
  /** True when the expected hash was met, or none is. */
  seen: boolean;
}

const ROWS_AT_ONCE = 5000;

/**
 * Checks the whole chain. `expected` is a hash that was noted earlier and must still be in it, or be the one of the last purged row.
 * @throws EngineError.
 */
export function verifyAudit(connection: Connection, expected: string | undefined): AuditState {
  const chain: Chain = {
    rows: 0,
    lastSeq: 0,
    previous: null,
    anchor: undefined,
    confirmed: false,
    seen: expected === undefined,
  };
  if (!hasUsers(connection)) return ended(chain);
  for (;;) {
    const page = readRows(
      connection,
      `SELECT ${FIELDS.join(", ")}, prev_hash, row_hash FROM ${storedTable("audit_log")} WHERE seq > ? ORDER BY seq LIMIT ${ROWS_AT_ONCE}`,
      [chain.lastSeq],
    );
    for (const row of page) {
      const wrong = follow(chain, row, expected);
      if (wrong !== undefined) return wrong;
    }
    if (page.length < ROWS_AT_ONCE) return ended(chain);
  }
}

/** Takes the next row; gives what is wrong with it. */
function follow(chain: Chain, row: readonly Value[], expected: string | undefined): AuditState | undefined {
  const seq = numberOf(row[0]);
  const hash = textOf(row[FIELDS.length + 1]);
  const action = row[FIELDS.indexOf("action")];
  const details = row[FIELDS.length - 1];
  if (chain.lastSeq === 0 && action === ANCHOR) {
    chain.anchor = purgedOf(details);
    if (chain.anchor?.hash !== hash || chain.anchor.through !== seq)
      return broken(chain, seq, "it stands for purged rows and was changed");
  } else {
    if (seq !== chain.lastSeq + 1) return broken(chain, chain.lastSeq + 1, "it is missing");
    if ((row[FIELDS.length] ?? null) !== chain.previous) return broken(chain, seq, "the row before it is another one");
    if (rowHash(row.slice(0, FIELDS.length).map(plain), chain.previous) !== hash)
      return broken(chain, seq, "it was changed after it was written");
    chain.rows += 1;
    if (chain.anchor !== undefined && confirms(action, details, chain.anchor)) chain.confirmed = true;
  }
  chain.lastSeq = seq;
  chain.previous = hash;
  if (hash === expected) chain.seen = true;
  return undefined;
}

function broken({ lastSeq }: Chain, seq: number, why: string): AuditState {
  return { kind: "broken", rows: lastSeq, seq, why };
}

function ended(chain: Chain): AuditState {
  const { anchor } = chain;
  if (anchor !== undefined && !chain.confirmed)
    return broken(
      chain,
      anchor.through,
      "it stands for purged rows, and no row of the chain says that they were purged",
    );
  if (!chain.seen) return broken(chain, chain.lastSeq + 1, "the row with the expected hash is not there");
  return {
    kind: "whole",
    rows: chain.rows,
    head: chain.previous ?? undefined,
    ...(anchor === undefined ? {} : { purged: anchor }),
  };
}

/** A cell as it was written. */
function plain(value: Value): string | number | null {
  return value === null || typeof value === "number" ? value : textOf(value);
}
