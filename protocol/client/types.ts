// The client of the daemon: what `connect()` gives. Types only; the library re-exports them.
// Values are as in the embedded library: int = number when safe, else bigint; decimal = string; timestamp = Date; bytes = Uint8Array; json = parsed.

/** Where the daemon is and who is asking. */
export interface ConnectOptions {
  /** A Unix socket, a folder that is mounted, the name of an instance, or `gobi://host:port`. Default: GOBI_HOME, the folder above the current one that is mounted, the only instance that runs. */
  readonly target?: string;
  readonly token?: string;
  readonly user?: string;
  /** Password of `user`, where there is no token. */
  readonly password?: string;
  /** Lane in which the connections live. Default medium. */
  readonly lane?: "slow" | "medium" | "fast" | "cache";
  /** Connections of the pool. Default 0 to 4: made when needed, closed after `idleMs` (default 30 s) without use, and when they are older than `lifetimeMs` (default: any age). */
  readonly pool?: {
    readonly min?: number;
    readonly max?: number;
    readonly idleMs?: number;
    readonly lifetimeMs?: number;
  };
  /** Codecs that may be used for rows, best first. Default: those that this Node has, and none over a Unix socket, where compressing takes longer than sending. */
  readonly compression?: readonly ("zstd" | "lz4")[];
  readonly tls?: {
    readonly ca?: string | Uint8Array;
    readonly servername?: string;
    readonly cert?: string | Uint8Array;
    readonly key?: string | Uint8Array;
  };
  /** How often a lost connection is tried again, with growing pauses. Default 5 within about 6 s. */
  readonly reconnectMax?: number;
  readonly clientName?: string;
  readonly int?: "auto" | "bigint";
  readonly timestamp?: "date" | "micros";
  readonly onNotice?: (kind: "print" | "notice" | "debug" | "info" | "warn" | "error", text: string) => void;
}

/** What one request may carry. */
export interface RequestOptions {
  readonly deadlineMs?: number;
  readonly lane?: "slow" | "medium" | "fast" | "cache";
  readonly rowsMax?: number;
  /** With a key, a request whose answer was lost is sent again after a reconnection: the server does it once. Without one, only what is known to read. 1 to 255 bytes. */
  readonly idempotencyKey?: string;
  /** Ends the request on the server when it is aborted. */
  readonly signal?: AbortSignal;
}

export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;
export type Row = Readonly<Record<string, unknown>>;

/** Rows as they arrive. Leaving the loop early cancels the rest on the server. */
export interface RowStream extends AsyncIterable<Row> {
  readonly columns: Promise<readonly { readonly name: string; readonly type: string }[]>;
  /** Record batches of apache-arrow, buffers not copied from uncompressed frames. */
  batches(): AsyncIterable<unknown>;
  /** The payloads as they came: together one Arrow IPC stream, for any Arrow reader. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** What a text gave, statement by statement. */
export type RemoteResult =
  | {
      readonly kind: "rows";
      readonly rows: readonly Row[];
      readonly columns: readonly { readonly name: string; readonly type: string }[];
    }
  | { readonly kind: "value"; readonly value: unknown; readonly type: string }
  | { readonly kind: "changes"; readonly changes: number }
  | { readonly kind: "done"; readonly text: string };

/** What can be asked of a connection, a pool and a transaction alike. All reject with GrizzlyError. */
export interface Queryable {
  query(text: string, params?: Parameters, options?: RequestOptions): Promise<readonly Row[]>;
  stream(text: string, params?: Parameters, options?: RequestOptions): RowStream;
  execute(text: string, params?: Parameters, options?: RequestOptions): Promise<readonly RemoteResult[]>;
  call(name: string, args?: Parameters, options?: RequestOptions): Promise<unknown>;
  prepare(text: string): Promise<RemoteStatement>;
}

/** A prepared statement. After a reconnection, or when the catalog has changed, it is prepared again by itself. */
export interface RemoteStatement {
  /** Each with the type that the text takes it for; `any` where nothing tells. */
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly readOnly: boolean;
  all(params?: Parameters, options?: RequestOptions): Promise<readonly Row[]>;
  run(params?: Parameters, options?: RequestOptions): Promise<{ readonly changes: number }>;
  close(): Promise<void>;
}

/** One session of the daemon: variables, temporary tables and transactions live in it. */
export interface RemoteSession extends Queryable {
  readonly sessionId: bigint;
  readonly lane: string;
  readonly user: string;
  /** Epoch of the catalog in the last answer. */
  readonly catalogEpoch: number;
  control(action: string, argument?: unknown): Promise<unknown>;
  describe(what: "schema" | "routines" | "triggers" | "schedules" | "pipelines", name?: string): Promise<unknown>;
  subscribe(
    topics: readonly ("runs" | "tables" | "catalog" | "lanes" | "sessions" | "feeds")[],
    onEvent: (topic: string, data: unknown) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

/** An event of a feed. */
export interface FeedEvent {
  /** Rises with the commits; no other event of the database has it. */
  readonly sequence_id: number;
  /** The table, or the event; empty for deadlocks. */
  readonly table_name: string;
  readonly operation: "INSERT" | "UPDATE" | "DELETE" | "EVENT" | "DEADLOCK";
  /** Of a table `{new}`, `{old, new}` or `{old}`: rows by their columns. Null when it has more than 4 MB; `data_bytes` tells how many then. */
  readonly data: unknown;
  readonly timestamp: string;
  readonly data_bytes?: number;
}

/** How to listen to a feed. */
export interface ListenOptions {
  /** Ends it; what the callback was given by then is confirmed. */
  readonly signal?: AbortSignal;
  /** Told when the callback failed. The event counts as failed in system.event_feeds and is not given again. */
  readonly onError?: (error: unknown, event: FeedEvent) => void;
}

/** A pool of sessions. */
export interface Client extends Queryable {
  /** A session of its own for the time of the work. */
  session<T>(work: (session: RemoteSession) => Promise<T>): Promise<T>;
  /** The work in a transaction, committed when it resolves, else rolled back. Errors that say `retryable` are tried again up to `retriesMax` times (default 3). */
  transaction<T>(work: (session: RemoteSession) => Promise<T>, options?: { readonly retriesMax?: number }): Promise<T>;
  /**
   * Gives the events of a registered feed to the callback, one after the other in the order of commits, from the last one on that was confirmed; at least once each.
   * Resolves when the signal aborts. Rejects when the feed is not there or may not be read; a lost daemon is waited for.
   */
  listen(feed: string, onEvent: (event: FeedEvent) => void | Promise<void>, options?: ListenOptions): Promise<void>;
  /** Lets running requests end, closes all connections. Twice is fine. */
  close(): Promise<void>;
}
