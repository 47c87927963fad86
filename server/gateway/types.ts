// What the parts of the gateway know of each other: its settings, who asks, and what an answer of a template holds.
import type { RawResult } from "../../protocol/client/answers.ts";
import type { Parameters, RemoteSession, RequestOptions, RowStream } from "../../protocol/client/types.ts";
import { TEMPLATE_TYPES } from "../catalog/template-types.ts";

/** Kinds of lanes, as paths name them. */
export const QUEUES = ["slow", "medium", "fast", "cache"] as const;
export type Queue = (typeof QUEUES)[number];

/** Settings of the gateway; keys `gateway.*` of gobi.toml. */
export interface GatewaySettings {
  /** The name by which requests mean the mounted database. */
  readonly database: string;
  /** Unix socket of the daemon. */
  readonly socket: string;
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly rowsMax: number;
  /** Different queries of one batch. */
  readonly queriesMax: number;
  /** Requests of one caller within a minute; 0: any number. */
  readonly rate: number;
  /** Path of the database: asked whether anything was committed, never read. */
  readonly databaseFile: string;
  /** Path of the journal in which lanes note their commits. */
  readonly commitJournal: string;
  /** Query that gives the templates; undefined: those that are stored. */
  readonly bootstrap: string | undefined;
  /** Mounted folder whose database holds the templates; undefined: this one. */
  readonly hostFolder: string | undefined;
  /** Bytes of answers that are kept; 0: none. */
  readonly cacheBytesMax: number;
  readonly migrationStatus: "completed" | "not_started";
  readonly deadlineMs: number;
  readonly deadlineMaxMs: number;
}

/** Somebody whose requests the daemon carries out with his rights. All reject with GrizzlyError. */
export interface Caller {
  run(text: string, params?: Parameters, options?: RequestOptions): Promise<readonly RawResult[]>;
  call(name: string, args?: Parameters, options?: RequestOptions): Promise<readonly RawResult[]>;
  stream(text: string, params?: Parameters, options?: RequestOptions): Promise<RowStream>;
  /** @param lane Kind of lane that the session lives in. Default medium. */
  session<T>(work: (session: RemoteSession) => Promise<T>, lane?: Queue): Promise<T>;
}

/** Where callers come from. */
export interface Callers {
  /** The owner of the mount: for public templates, for health and for what the gateway itself must know. */
  owner(): Promise<Caller>;
  /** @throws GrizzlyError `AuthenticationFailed`. */
  of(token: string): Promise<Caller>;
  /** A name for a token that was good when it came before, undefined for others. */
  knownAs(token: string): string | undefined;
  close(): Promise<void>;
}

/** Names of the types of parameters, as callers write them. */
export type ParameterType = keyof typeof TEMPLATE_TYPES;
export const PARAMETER_TYPES = Object.keys(TEMPLATE_TYPES) as readonly ParameterType[];

/** A template as its row says it; whether it can serve is not known yet. */
export interface TemplateRow {
  readonly namespace: string;
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly queue: Queue;
  readonly timeoutMs: number;
  readonly isPublic: boolean;
  readonly params: Readonly<Record<string, ParameterType>>;
  /** Undefined: as long as nothing is committed. */
  readonly cacheTtlMs: number | undefined;
  readonly text: string;
}

/** A query template that can serve. */
export interface QueryTemplate extends TemplateRow {
  /** Found by looking at its text: whether it only reads. */
  readonly readOnly: boolean;
  /** Whether it gives the same rows as long as the database stays as it is. */
  readonly repeatable: boolean;
  /** Tables that it reads: `main.users`. */
  readonly reads: readonly string[];
}
