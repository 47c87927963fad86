// The border between the life of the daemon (this folder: lifecycle, logs, health, automation) and its room (lead/: sockets, lanes, sessions): types only.
// The life starts one Lead by startLead(options), asks it for its state, tells it of changes, and ends it.
import type { ConfigKey } from "../config/keys.ts";
import type { Configuration } from "../config/types.ts";
import type { LaneStatus } from "../lanes/types.ts";
import type { AuditEvent } from "../security/audit.ts";
import type { Principal } from "../security/types.ts";
import type { LanePeriodRow } from "../runs/writes/lane-statistics.ts";
import type { Topic } from "./lead/sessions.ts";
import type { Sample } from "./metrics.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one line to the daemon's log. Never fails, never waits. No secrets, no values of arguments. */
export type Log = (level: LogLevel, text: string) => void;

/** Where a mount is. Paths are absolute, links resolved. */
export interface MountPlace {
  /** For people. */
  readonly name: string;
  /** The name with eight hexadecimal digits of the folder's path: unique on this machine. */
  readonly instance: string;
  readonly folder: string;
  readonly database: string;
  /** The Unix socket of clients; nothing lies there when the Lead starts. */
  readonly socket: string;
  /** The socket on which the daemon itself is asked, also when no lane answers. */
  readonly controlSocket: string;
  /** Sockets and control files of lanes go here too: `<instance>.…`, so that they are cleaned up after a crash. Mode 0700. */
  readonly runtimeFolder: string;
  readonly logFolder: string;
}

/** Actions of SERVICE_CONTROL that the life of the daemon answers; the Lead answers the others. */
export const LIFE_ACTIONS = ["status", "metrics", "reload", "unmount", "health"] as const;
export type LifeAction = (typeof LIFE_ACTIONS)[number];

/** What the Lead gets. */
export interface LeadOptions {
  readonly configuration: Configuration;
  readonly place: MountPlace;
  readonly log: Log;
  /** Why the database cannot be opened: no lane is started before `databaseOpened`. Undefined: it is open. */
  readonly heldFor: string | undefined;
  /** Answers an action of the life with JSON data. Whether the principal may ask is decided before. */
  readonly life: (action: LifeAction, argument: unknown, principal: Principal) => Promise<unknown>;
  /** Keeps what lanes did, for system.lane_stats; what cannot be kept is lost. */
  readonly keepLaneNumbers?: (rows: readonly LanePeriodRow[]) => void;
  /** A failure after which the Lead cannot go on: the daemon ends in order with exit code 1. */
  readonly onFatal: (message: string) => void;
}

/** A lane as it told last, with what the Lead knows better. */
export interface LeadLane extends Omit<LaneStatus, "pid"> {
  /** Null: it has no process. */
  readonly pid: number | null;
  readonly sessionIds: readonly bigint[];
  /** Why it is not connected. */
  readonly note: string | undefined;
}

/** The Lead's state. */
export interface LeadStatus {
  readonly sessions: number;
  /** Connections that are not sessions yet. */
  readonly connecting: number;
  /** The Lead itself; `note`: why it cannot serve its database. */
  readonly lead: { readonly label: string; readonly state: LaneStatus["state"]; readonly note: string | null };
  readonly lanes: readonly LeadLane[];
  /** `unix:<path>`, `tcp://host:port`, `tls://host:port`. */
  readonly listening: readonly string[];
  readonly health: readonly HealthCheck[];
}

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** One sentence; why not, when it is not. */
  readonly text: string;
}

/** A running Lead. */
export interface Lead {
  /** The database cannot be opened, which the sentences tell: sessions are told so. */
  hold(why: string): void;
  /** It can: resolved when the least number of lanes runs. @throws GrizzlyError. */
  databaseOpened(): Promise<void>;
  /** What is known at this moment; waits for no lane. */
  status(): LeadStatus;
  /** Carries out lanes, sessions, locks, kill_session, kill_lane, scale and gives JSON data. @throws GrizzlyError. */
  control(action: string, argument: unknown): Promise<unknown>;
  /** Notes something in the audit log, soon. */
  note(event: AuditEvent): void;
  /** Values of the metrics of METRICS that are the Lead's. */
  metrics(): readonly Sample[];
  /** Sends an event to the sessions that subscribed to the topic. */
  publish(topic: Topic, data: unknown): void;
  /** The catalog or these tables were changed by somebody other than the lanes. */
  changed(tables: readonly string[], catalog: boolean): void;
  /** These keys have new values. */
  reload(keys: readonly ConfigKey[]): void;
  /** Closes the listeners and answers every new CONNECT with GOODBYE shutting_down. */
  stopAccepting(): Promise<void>;
  /** Lets requests under way end for this time, cancels the others, says GOODBYE to all sessions. Resolved when no session is left. */
  drain(graceMs: number): Promise<void>;
  /** Ends the lanes in the reverse order of their start, takes sockets and control files away. */
  stop(): Promise<void>;
}

/** Starts a Lead: resolved when clients are accepted and the least number of lanes runs, unless it is held. @throws GrizzlyError. */
export type StartLead = (options: LeadOptions) => Promise<Lead>;
