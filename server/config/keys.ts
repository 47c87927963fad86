// Every key of gobi.toml in one table: type, default, meaning, and whether SIGHUP is enough for a change to hold.
// The reader, `gobi config check|show`, names of environment variables and docs/reference/configuration.md derive from it.
// Keys `scheduler.*` and `retention.*` are the settings that may also stand in the database (`gobi settings`).
import { LIMITS } from "../../base/limits.ts";
import { RETENTION_SETTING_ROWS } from "../runs/retention.ts";
import { SCHEDULER_SETTING_ROWS } from "../scheduler/setting-rows.ts";

/** Types of values: `duration` is milliseconds (`30s`), `size` bytes (`10MB`), `count` a whole number, `flag` true or false, `list` texts. */
export type ConfigType = "duration" | "size" | "count" | "flag" | "text" | "list";

/** One key. */
export interface ConfigRow {
  readonly type: ConfigType;
  /** Undefined: none unless it is given. */
  readonly default: number | boolean | string | readonly string[] | undefined;
  readonly doc: string;
  /** A change holds after SIGHUP, `gobi config reload` or a reload over the wire; else after the next start. */
  readonly reloadable?: boolean;
  /** Least value of a number. Default 1. */
  readonly least?: number;
  /** Greatest value of a number. */
  readonly most?: number;
  readonly choices?: readonly string[];
  /** Never shown. */
  readonly secret?: boolean;
  /** May also be set in the database, by `gobi settings set`. */
  readonly stored?: boolean;
}

const LANE_HOST = {
  type: "text",
  default: "process",
  choices: ["process", "thread"],
  reloadable: true,
  doc: "What these lanes run in. A process can be ended in the middle of a statement; a thread starts sooner, takes less memory and only reads: who writes goes to a process beside it.",
} as const;

const OWN_KEYS = {
  name: { type: "text", default: undefined, doc: "Name of the mount in lists. Default: the folder's name." },
  "database.file": { type: "text", default: "main.gobi", doc: "The database, relative to the folder." },
  "database.busy_timeout": {
    type: "duration",
    default: 5000,
    doc: "How long a statement waits for another writer of the database.",
  },
  "database.mmap_size": {
    type: "size",
    default: undefined,
    least: 0,
    doc: "Bytes of the database file that lanes may read through mapped memory; 0: none. Default: what SQLite takes.",
  },
  "listen.tcp": {
    type: "text",
    default: undefined,
    doc: "`host:port` on which tokens and TLS are asked for. Left out: only the Unix socket.",
  },
  "listen.tls_cert": { type: "text", default: undefined, doc: "File with the certificate (PEM) for TCP." },
  "listen.tls_key": { type: "text", default: undefined, doc: "File with the certificate's key (PEM)." },
  "listen.tls_client_ca": {
    type: "text",
    default: undefined,
    doc: "File with the authority (PEM) that must have signed certificates of clients. Left out: none is asked for.",
  },
  "listen.connections_max": {
    type: "count",
    default: 1000,
    reloadable: true,
    doc: "Connections at the same time; one more is told so and closed.",
  },
  "listen.connect_timeout": {
    type: "duration",
    default: 10_000,
    reloadable: true,
    doc: "A connection that has not sent its CONNECT by then is closed.",
  },
  "sessions.idle_timeout": {
    type: "duration",
    default: 3_600_000,
    reloadable: true,
    doc: "A session that asked for nothing for so long is closed.",
  },
  "lanes.slow.min": {
    type: "count",
    default: undefined,
    least: 0,
    reloadable: true,
    doc: "Lanes for long statements, started with the daemon. Left out: one, whose process starts with the first session that wants it.",
  },
  "lanes.slow.max": { type: "count", least: 0, default: 2, reloadable: true, doc: "Most lanes for long statements." },
  "lanes.slow.host": LANE_HOST,
  "lanes.medium.min": {
    type: "count",
    default: undefined,
    least: 0,
    reloadable: true,
    doc: "Lanes for usual work, started with the daemon. Left out: 1.",
  },
  "lanes.medium.max": { type: "count", least: 0, default: 4, reloadable: true, doc: "Most lanes for usual work." },
  "lanes.medium.host": LANE_HOST,
  "lanes.fast.min": {
    type: "count",
    default: undefined,
    least: 0,
    reloadable: true,
    doc: "Lanes for short statements, started with the daemon. Left out: one, whose process starts with the first session that wants it.",
  },
  "lanes.fast.max": { type: "count", least: 0, default: 4, reloadable: true, doc: "Most lanes for short statements." },
  "lanes.fast.host": LANE_HOST,
  "lanes.cache.min": {
    type: "count",
    default: undefined,
    least: 0,
    reloadable: true,
    doc: "Lanes that keep answers, started with the daemon. Left out: one, whose process starts with the first session that wants it.",
  },
  "lanes.cache.max": { type: "count", least: 0, default: 1, reloadable: true, doc: "Most lanes that keep answers." },
  "lanes.cache.host": LANE_HOST,
  "lanes.memory": {
    type: "size",
    default: undefined,
    least: 64 * 1024 * 1024,
    reloadable: true,
    doc: "Memory for JavaScript values of each lane; a lane that needs more dies and is replaced. Default: what Node takes.",
  },
  "lanes.scale_down_after": {
    type: "duration",
    default: 5000,
    reloadable: true,
    doc: "A lane above the least number that had nothing to do for so long is drained and ended.",
  },
  "lanes.scale_cooldown": {
    type: "duration",
    default: 250,
    reloadable: true,
    doc: "Between two decisions to start a lane.",
  },
  "lanes.heartbeat": {
    type: "duration",
    default: 30_000,
    reloadable: true,
    doc: "Between two looks at the health of each lane.",
  },
  "lanes.kill_after": {
    type: "duration",
    default: 2000,
    reloadable: true,
    doc: "A lane that does not answer to a cancellation by then is killed and replaced.",
  },
  "limits.deadline": {
    type: "duration",
    default: 300_000,
    reloadable: true,
    doc: "Deadline of a request that names none.",
  },
  "limits.deadline_max": {
    type: "duration",
    default: 3_600_000,
    reloadable: true,
    doc: "Longest deadline that a request may name.",
  },
  "limits.rows": {
    type: "count",
    default: undefined,
    reloadable: true,
    doc: "Rows that one call may read into values.",
  },
  "limits.memory": {
    type: "size",
    default: 256 * 1024 * 1024,
    reloadable: true,
    doc: "Live values of one call.",
  },
  "limits.fuel": { type: "count", default: undefined, reloadable: true, doc: "Work of one call." },
  "gateway.listen": {
    type: "text",
    default: undefined,
    doc: "`host:port` on which HTTP is answered, such as `127.0.0.1:8080`. Left out: none.",
  },
  "gateway.body": { type: "size", default: 1024 * 1024, doc: "Largest body of a request over HTTP." },
  "gateway.rows": { type: "count", default: 100_000, doc: "Rows of one answer over HTTP." },
  "gateway.queries_max": { type: "count", default: 10, most: 100, doc: "Different queries of one batch over HTTP." },
  "gateway.rate": {
    type: "count",
    least: 0,
    default: 6000,
    doc: "Requests of one caller over HTTP within a minute; 0: any number.",
  },
  "gateway.bootstrap": {
    type: "text",
    default: undefined,
    doc: "Query that gives the query templates of the gateway, with `:database` for the name of the mount. Left out: those that `gobi queries load` has stored.",
  },
  "gateway.host_database": {
    type: "text",
    default: undefined,
    doc: "Folder of another mount, relative to this one, whose daemon holds the query templates of this database. Left out: this database holds them.",
  },
  "gateway.cache": {
    type: "size",
    default: LIMITS.answerCacheBytesMax.value,
    least: 0,
    doc: "Bytes of answers that the gateway keeps of queries with the lane `cache`; 0: none.",
  },
  "migrations.folder": {
    type: "text",
    default: "migrations",
    doc: "Folder of the migrations, relative to the mounted folder; there may be none.",
  },
  "migrations.auto": {
    type: "flag",
    default: true,
    doc: "Whether a mount applies migrations; else it only tells where the database stands.",
  },
  "automation.enabled": {
    type: "flag",
    default: true,
    doc: "Whether the daemon runs schedules, pipelines and asynchronous triggers.",
  },
  "automation.concurrency": { type: "count", default: 10, most: 1000, doc: "Runs at the same time." },
  "automation.allow_hosts": {
    type: "list",
    default: [],
    doc: "Hosts of private networks and of this machine that webhooks and hooks may reach; `*` allows all.",
  },
  "logging.level": {
    type: "text",
    default: "info",
    choices: ["debug", "info", "warn", "error"],
    reloadable: true,
    doc: "Lines below it are not written.",
  },
  "logging.format": { type: "text", default: "text", choices: ["text", "json"], reloadable: true, doc: "Of lines." },
  "logging.rotate_size": {
    type: "size",
    default: 10 * 1024 * 1024,
    reloadable: true,
    doc: "A log file that would grow beyond it is put aside.",
  },
  "logging.keep": { type: "count", default: 5, most: 100, reloadable: true, doc: "Log files put aside that stay." },
  "shutdown.timeout": {
    type: "duration",
    default: 30_000,
    reloadable: true,
    doc: "How long running requests and runs may go on after the daemon was told to stop.",
  },
  "supervise.crashes_max": {
    type: "count",
    default: 5,
    doc: "So many crashes within supervise.crash_window end the supervision with a reason.",
  },
  "supervise.crash_window": { type: "duration", default: 60_000, doc: "See supervise.crashes_max." },
} as const satisfies Readonly<Record<string, ConfigRow>>;

type StoredRows = typeof SCHEDULER_SETTING_ROWS & typeof RETENTION_SETTING_ROWS;
type StoredKeys = {
  readonly [K in keyof StoredRows]: Omit<ConfigRow, "type" | "default"> & {
    readonly type: StoredRows[K]["kind"];
    readonly default: number;
  };
};

const STORED_KEYS = Object.fromEntries(
  Object.entries({ ...SCHEDULER_SETTING_ROWS, ...RETENTION_SETTING_ROWS }).map(([name, { kind, value, doc }]) => [
    name,
    { type: kind, default: value, doc, stored: true } satisfies ConfigRow,
  ]),
) as unknown as StoredKeys;

/** Every key by its name as it is written in `gobi config show`: tables and keys joined by dots. */
export const CONFIG_KEYS = { ...OWN_KEYS, ...STORED_KEYS } as const;

/** Name of a key. */
export type ConfigKey = keyof typeof CONFIG_KEYS;

interface ValueOfType {
  readonly duration: number;
  readonly size: number;
  readonly count: number;
  readonly flag: boolean;
  readonly text: string;
  readonly list: readonly string[];
}

/** Type of a key's value. */
export type ConfigValueOf<K extends ConfigKey> =
  | ValueOfType[(typeof CONFIG_KEYS)[K]["type"]]
  | (undefined extends (typeof CONFIG_KEYS)[K]["default"] ? undefined : never);

/** The row of a name, when there is a key of that name. */
export function configRow(name: string): ConfigRow | undefined {
  return Object.hasOwn(CONFIG_KEYS, name) ? CONFIG_KEYS[name as ConfigKey] : undefined;
}

/** The environment variable of a key: GOBI_LANES_FAST_MAX. */
export function variableOf(key: string): string {
  return `GOBI_${key.replaceAll(".", "_").toUpperCase()}`;
}
