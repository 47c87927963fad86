// The messages of the wire: one table. Encoder, decoder, the tests of every message and docs/reference/protocol.md derive from it.
// A payload is one Arrow IPC stream of one row whose columns are the fields below, known by their names; a field that is left out has no column
// or is null. A message without columns may have an empty payload.
// Arguments of statements and calls follow as further columns: `$1`, `$2`, … by position or `$name` by name, each of its own Arrow type.
// Codes are never reused: a removed message stays as `retired: true`.
import { LIMITS } from "../base/limits.ts";

/** Type of one field of a message's control row. Integers are numbers while safe, else bigints; `json` is a text that holds JSON. */
export type FieldType = "utf8" | "int64" | "uint64" | "bool" | "binary" | "json";

/** One field. */
export interface FieldRow {
  readonly type: FieldType;
  readonly doc: string;
  /** False (default): the sender must give it. */
  readonly optional?: boolean;
}

/** One message. */
export interface MessageRow {
  readonly code: number;
  readonly from: "client" | "server";
  readonly doc: string;
  /** Further columns may follow the fields: `arguments` of a statement, or `rows`: the payload is a part of a stream of rows and has no control row. */
  readonly body?: "arguments" | "rows";
  readonly fields: Readonly<Record<string, FieldRow>>;
  readonly retired?: boolean;
}

/** What every request that runs something may carry. */
const RUN_FIELDS = {
  deadline_ms: {
    type: "int64",
    optional: true,
    doc: "Milliseconds, from when it is its turn, after which the request ends with Timeout.",
  },
  lane: {
    type: "utf8",
    optional: true,
    doc: "Tag of the lane that should do it: slow, medium, fast or cache. A session that holds state stays where it is.",
  },
  rows_max: {
    type: "int64",
    optional: true,
    doc: "Rows of one result after which the request fails with LimitExceeded.",
  },
  idempotency_key: {
    type: "utf8",
    optional: true,
    doc: `The same key again gives the stored answer of the first time instead of doing the work again. 1 to ${LIMITS.idempotencyKeyBytesMax.value} bytes.`,
  },
  window_bytes: {
    type: "int64",
    optional: true,
    doc: "Bytes of rows that may be under way before the client asks for more with FETCH. Default 4 MiB.",
  },
} as const satisfies Readonly<Record<string, FieldRow>>;

export const MESSAGES = {
  // Requests.
  CONNECT: {
    code: 1,
    from: "client",
    doc: "The first message of a connection. Nothing else is accepted before READY but PING and CANCEL.",
    fields: {
      protocol_version: { type: "int64", doc: "Newest version that the client speaks." },
      client_name: { type: "utf8", optional: true, doc: "For lists of sessions." },
      token: { type: "utf8", optional: true, doc: "An API token. Needed over TCP, where there is no password." },
      user: {
        type: "utf8",
        optional: true,
        doc: "The user to act as. With the key of the Unix socket it needs neither token nor password.",
      },
      lane: { type: "utf8", optional: true, doc: "Tag of the lane to live in. Default medium." },
      compression: {
        type: "utf8",
        optional: true,
        doc: "Codecs that the client can read, best first, with commas: zstd,lz4.",
      },
      database: { type: "utf8", optional: true, doc: "Name of a database of the mount. Default: the only one." },
      password: { type: "utf8", optional: true, doc: "Password of `user`, where there is no token." },
      socket_key: {
        type: "utf8",
        optional: true,
        doc: "Over the Unix socket: the content of the file of its path with .key behind it, which the owner of the mount alone can read. Without it a token is needed as over TCP.",
      },
    },
  },
  DISCONNECT: {
    code: 2,
    from: "client",
    doc: "Ends the session in order; the server closes the connection.",
    fields: {},
  },
  PING: { code: 3, from: "client", doc: "Answered with PONG.", fields: {} },
  EXECUTE_SQL: {
    code: 4,
    from: "client",
    doc: "Runs a text: one statement or a script. Arguments are bound to its parameters.",
    body: "arguments",
    fields: { text: { type: "utf8", doc: "The text." }, ...RUN_FIELDS },
  },
  CALL_PROCEDURE: {
    code: 5,
    from: "client",
    doc: "Calls a stored procedure or function in one transaction. The first founding document calls it EXECUTE_PROCEDURE.",
    body: "arguments",
    fields: { name: { type: "utf8", doc: "Name, with a version after @ when wanted." }, ...RUN_FIELDS },
  },
  PREPARE: {
    code: 6,
    from: "client",
    doc: "Checks a text and keeps it in the session. Answered with PREPARED.",
    fields: { text: { type: "utf8", doc: "One statement, or a call." } },
  },
  EXECUTE_PREPARED: {
    code: 7,
    from: "client",
    doc: "Runs what PREPARE kept.",
    body: "arguments",
    fields: { statement_id: { type: "int64", doc: "From PREPARED." }, ...RUN_FIELDS },
  },
  CLOSE_PREPARED: {
    code: 8,
    from: "client",
    doc: "Forgets a prepared statement.",
    fields: { statement_id: { type: "int64", doc: "From PREPARED." } },
  },
  FETCH: {
    code: 9,
    from: "client",
    doc: "Allows more bytes of rows of the request whose message id the frame carries. Not answered.",
    fields: { bytes: { type: "int64", doc: "Bytes that were taken." } },
  },
  CANCEL: {
    code: 10,
    from: "client",
    doc: "Ends a running request. May come over a connection of its own before any CONNECT, since the session's own may be busy.",
    fields: {
      session_id: { type: "uint64", doc: "Session of the request." },
      secret: { type: "binary", doc: "From READY." },
      message_id: { type: "uint64", optional: true, doc: "The request; left out: whatever runs." },
    },
  },
  MANAGE_PROCEDURE: {
    code: 11,
    from: "client",
    doc: "A statement about procedures and functions by its parts. Same as the statement as text.",
    fields: {
      action: { type: "utf8", doc: "list, show, upsert, drop, rollback." },
      name: { type: "utf8", optional: true, doc: "Which one." },
      source: { type: "utf8", optional: true, doc: "Text of the declaration, for upsert." },
      version: { type: "int64", optional: true, doc: "For show and rollback." },
    },
  },
  MANAGE_TRIGGER: {
    code: 12,
    from: "client",
    doc: "A statement about triggers by its parts.",
    fields: {
      action: { type: "utf8", doc: "list, show, upsert, drop, enable, disable." },
      name: { type: "utf8", optional: true, doc: "Which one." },
      source: { type: "utf8", optional: true, doc: "Text of the declaration, for upsert." },
    },
  },
  MANAGE_SCHEDULE: {
    code: 13,
    from: "client",
    doc: "A statement about schedules by its parts.",
    fields: {
      action: { type: "utf8", doc: "list, show, upsert, drop, enable, disable, run, history." },
      name: { type: "utf8", optional: true, doc: "Which one." },
      source: { type: "utf8", optional: true, doc: "Text of the declaration, for upsert." },
    },
  },
  SERVICE_CONTROL: {
    code: 14,
    from: "client",
    doc: "Asks the daemon itself. Needs the privilege SERVICE CONTROL, but for status.",
    fields: {
      action: {
        type: "utf8",
        doc: "status, lanes, sessions, locks, metrics, reload, unmount, kill_session, kill_lane, scale.",
      },
      argument: { type: "json", optional: true, doc: "What the action needs." },
    },
  },
  SUBSCRIBE: {
    code: 15,
    from: "client",
    doc: "Asks for EVENT messages until the connection ends or UNSUBSCRIBE.",
    fields: { topics: { type: "utf8", doc: "With commas: runs, tables, catalog, lanes, sessions." } },
  },
  UNSUBSCRIBE: { code: 16, from: "client", doc: "Ends what SUBSCRIBE began.", fields: {} },
  DESCRIBE: {
    code: 17,
    from: "client",
    doc: "The catalog for tools: tables, columns, keys, routines with signatures, effects and raises. Answered with VALUE (json).",
    fields: {
      what: { type: "utf8", doc: "schema, routines, triggers, schedules, pipelines." },
      name: { type: "utf8", optional: true, doc: "Only this one." },
    },
  },

  // Answers.
  READY: {
    code: 64,
    from: "server",
    doc: "The connection has a session.",
    fields: {
      protocol_version: { type: "int64", doc: "Version that both speak." },
      session_id: { type: "uint64", doc: "Goes into the header of every further frame." },
      secret: { type: "binary", doc: "Needed to cancel from another connection. 16 bytes." },
      server_version: { type: "utf8", doc: "For people." },
      lane: { type: "utf8", doc: "Label of the lane." },
      user: { type: "utf8", doc: "Who the session acts as." },
      compression: { type: "utf8", optional: true, doc: "Codec of rows from now on." },
    },
  },
  PONG: { code: 65, from: "server", doc: "Answer of PING.", fields: {} },
  ROWS: {
    code: 66,
    from: "server",
    doc: "A part of a result. The payloads of one result, one after the other, are one Arrow IPC stream: schema, record batches, end. Flags FIRST and LAST mark its ends.",
    body: "rows",
    fields: {},
  },
  VALUE: {
    code: 67,
    from: "server",
    doc: "The value of a call: a complete stream of one row and one column `value`; with out parameters one more column each.",
    body: "rows",
    fields: {},
  },
  DONE: {
    code: 68,
    from: "server",
    doc: "The request has ended well. An answer that is one frame carries the flag END instead.",
    fields: {
      text: {
        type: "utf8",
        optional: true,
        doc: "What a statement without rows says: procedure p stored as version 2.",
      },
      verb: { type: "utf8", optional: true, doc: "insert, update or delete." },
      changes: { type: "int64", optional: true, doc: "Rows that it changed." },
      elapsed_us: { type: "int64", optional: true, doc: "Microseconds of work in the lane." },
    },
  },
  STATEMENT: {
    code: 69,
    from: "server",
    doc: "One statement of a script without rows has ended; more follow.",
    fields: {
      text: { type: "utf8", optional: true, doc: "As in DONE." },
      verb: { type: "utf8", optional: true, doc: "As in DONE." },
      changes: { type: "int64", optional: true, doc: "As in DONE." },
    },
  },
  PREPARED: {
    code: 70,
    from: "server",
    doc: "What PREPARE found out.",
    fields: {
      statement_id: { type: "int64", doc: "For EXECUTE_PREPARED." },
      parameters: { type: "json", doc: "[{name, type, nullable}] in order." },
      columns: { type: "json", doc: "[{name, type, nullable}] of the rows; empty when there are none." },
      read_only: { type: "bool", doc: "True when it writes nothing." },
    },
  },
  ERROR: {
    code: 71,
    from: "server",
    doc: "The request has failed. What it did is undone as the language says.",
    fields: {
      code: { type: "utf8", doc: "Name of the error: UniqueViolation, CheckFailed, Timeout, PermissionDenied …" },
      message: { type: "utf8", doc: "One sentence." },
      help: { type: "utf8", optional: true, doc: "How to mend it." },
      retryable: { type: "bool", doc: "True when the same request may succeed when sent again." },
      detail: { type: "json", optional: true, doc: "The error's detail." },
      problems: {
        type: "json",
        optional: true,
        doc: "Of a text that was not run: [{code, severity, start, end, message, help, related, fixes}]; help and what follows may be missing. Places count UTF-16 units.",
      },
      stack: { type: "json", optional: true, doc: "[{routine, file, line, column}]." },
    },
  },
  NOTICE: {
    code: 72,
    from: "server",
    doc: "What a program printed or logged, or what the user should know, while the request runs.",
    fields: {
      kind: { type: "utf8", doc: "print, notice, debug, info, warn, error." },
      text: { type: "utf8", doc: "Without line end." },
      problem: {
        type: "json",
        optional: true,
        doc: "Of a warning about a text that is run all the same: as one of the problems of ERROR.",
      },
    },
  },
  EVENT: {
    code: 73,
    from: "server",
    doc: "Something happened that SUBSCRIBE asked for.",
    fields: { topic: { type: "utf8", doc: "As in SUBSCRIBE." }, data: { type: "json", doc: "What happened." } },
  },
  GOODBYE: {
    code: 74,
    from: "server",
    doc: "The server ends the session; the connection closes after it.",
    fields: {
      code: { type: "utf8", doc: "shutting_down, idle, killed, protocol_error, lane_lost, too_many." },
      message: { type: "utf8", doc: "One sentence." },
    },
  },
} as const satisfies Readonly<Record<string, MessageRow>>;

/** Name of a message. */
export type MessageName = keyof typeof MESSAGES;

/** Other names under which a message is accepted in tools and documents. */
export const MESSAGE_ALIASES: Readonly<Record<string, MessageName>> = { EXECUTE_PROCEDURE: "CALL_PROCEDURE" };
