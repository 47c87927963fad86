// Actions of SERVICE_CONTROL that the session's lane answers itself, because they ask the session or its database: those of the gateway and those of feeds.
import { atOnce } from "../sql/at-once.ts";
import type { Need } from "../../base/privileges.ts";
import { ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import type { Session } from "../session-types.ts";
import { writeRows } from "../sql/rows.ts";
import { FEED_ACTIONS } from "./feed-actions.ts";
import type { LaneSession } from "./lane-session.ts";

/** What asking the daemon itself needs. */
export const SERVICE_CONTROL: Need = {
  privilege: "SERVICE CONTROL",
  objectKind: "service",
  objectName: "",
  columns: undefined,
};

/** Uses of a query template since they were last noted. */
export interface TemplateUse {
  readonly namespace: string;
  readonly id: number;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastUsedMs: number;
}

type LaneAction = (session: Session, argument: unknown) => unknown;

const ACTIONS: Readonly<Record<string, LaneAction>> = {
  /** Whether the session may use a query template: the gateway runs it with the rights of the mount's owner then. */
  may_use_template: (session, name) => {
    session.requires({ privilege: "USE", objectKind: "template", objectName: String(name), columns: undefined });
    return true;
  },
  /** What a query would take and do, for who keeps its answers. */
  describe_query: (session, text) => {
    session.requires(SERVICE_CONTROL);
    const described = session.describeText(String(text), []);
    const problems = described.kind === "rejected" ? described.problems : described.missing;
    if (described.kind === "rejected" || problems.length > 0)
      return { problems: problems.map(({ code, message }) => `${code} ${message}`) };
    const { readOnly, repeatable, reads, writes, parameters } = described;
    return { readOnly, repeatable, reads, writes, parameters: parameters.map(({ name }) => name) };
  },
  /** The epoch as it is now: that of an answer is what the session knew before the request. */
  catalog_epoch: (session) => {
    session.requires(SERVICE_CONTROL);
    return session.catalogEpoch;
  },
  note_template_use: (session, uses) => {
    session.requires(SERVICE_CONTROL);
    noteUse(session, uses as readonly TemplateUse[]);
    return true;
  },
};

/** Actions that may write for long: they take events away that all have confirmed. */
export const WRITING_ACTIONS: ReadonlySet<string> = new Set(["register_feed", "unregister_feed", "confirm_feed"]);

/** The answer of an action of the lane; undefined: the Lead answers it. @throws Trap, EngineError. */
export function laneAction(
  { engine, info: { principal } }: LaneSession,
  action: string,
  argument: string | null | undefined,
): string | undefined {
  const feedAction = Object.hasOwn(FEED_ACTIONS, action) ? FEED_ACTIONS[action] : undefined;
  if (feedAction !== undefined) {
    engine.requires(SERVICE_CONTROL);
    return JSON.stringify(feedAction({ engine, principal }, JSON.parse(argument ?? "null")));
  }
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  return known === undefined ? undefined : JSON.stringify(known(engine, JSON.parse(argument ?? "null")));
}

/** Adds to what is known of the use of templates, in one transaction. */
function noteUse({ connection }: Session, uses: readonly TemplateUse[]): void {
  atOnce(connection, () => {
    ensureCatalog({ connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() });
    for (const { namespace, id, count, lastUsedMs } of uses)
      writeRows(
        connection,
        `INSERT INTO ${storedTable("query_template_usage")} (namespace, query_id, usage_count, last_used) VALUES (?, ?, ?, ?)
         ON CONFLICT (namespace, query_id) DO UPDATE SET usage_count = usage_count + excluded.usage_count,
           last_used = max(last_used, excluded.last_used)`,
        [namespace, id, count, timestampText(lastUsedMs * 1000)],
      );
  });
}
