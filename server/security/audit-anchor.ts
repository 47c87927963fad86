// The row of the audit log that stands for those that were purged, and the row of the chain that confirms it; see audit-purge.ts.
import type { Value } from "../../base/value/value.ts";
import { textOf } from "../sql/rows.ts";

/** The action of the row that stands for purged ones. */
export const ANCHOR = "purged";
/** The action of the row that confirms it. */
export const RECORD = "purge_audit";

/** What an anchor says; a type, so that it fits the details of events. */
export type Purged = {
  /** Rows that are gone, those of earlier purges included; the anchor's own among them. */
  readonly rows: number;
  /** Number of the last of them. */
  readonly through: number;
  /** When it was written. */
  readonly until: string;
  /** Its hash. */
  readonly hash: string;
};

/** What the details of an anchor or of its record say; undefined for other details. */
export function purgedOf(details: Value | undefined): Purged | undefined {
  if (details === null || details === undefined) return undefined;
  const said = JSON.parse(textOf(details)) as Partial<Purged> | null;
  if (typeof said !== "object" || said === null) return undefined;
  const { rows, through, until, hash } = said;
  if (rows === undefined || through === undefined || until === undefined || hash === undefined) return undefined;
  return { rows, through, until, hash };
}

/** Whether a row of the chain confirms an anchor. */
export function confirms(action: Value | undefined, details: Value | undefined, anchor: Purged): boolean {
  const said = action === RECORD ? purgedOf(details) : undefined;
  return (
    said !== undefined &&
    said.rows === anchor.rows &&
    said.through === anchor.through &&
    said.until === anchor.until &&
    said.hash === anchor.hash
  );
}
