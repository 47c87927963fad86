// Turns what the driver throws into EngineError: the kind by SQLite's result code, names out of the message text.
// SQLite has one code for "no such table", "no such column" and syntax errors: these are told apart by asking the schema, never by the wording.
import Database from "better-sqlite3";
import { EngineError, type EngineErrorDetail, type EngineErrorKind } from "../engine.ts";

interface ErrorRow {
  readonly kind: EngineErrorKind;
  readonly retryable?: true;
  /** The sentence for the user; `names` is what SQLite says after its last `: `. */
  readonly message: (names: string) => string;
  readonly help?: string;
}

const UNIQUE_ROW: ErrorRow = { kind: "unique", message: (names) => `A row with the same ${names} already exists.` };
const BUSY_HELP = "Try again, or open the database with a longer busy timeout.";

/** Result codes of SQLite, extended ones before the primary ones they belong to. A code without a row is found by its prefix. */
const ERROR_ROWS: Readonly<Record<string, ErrorRow>> = {
  SQLITE_CONSTRAINT_UNIQUE: UNIQUE_ROW,
  SQLITE_CONSTRAINT_PRIMARYKEY: UNIQUE_ROW,
  SQLITE_CONSTRAINT_ROWID: UNIQUE_ROW,
  SQLITE_CONSTRAINT_FOREIGNKEY: {
    kind: "foreignKey",
    message: () => "A row would refer to a row that does not exist.",
  },
  SQLITE_CONSTRAINT_CHECK: { kind: "check", message: (names) => `The check ${names} does not hold.` },
  SQLITE_CONSTRAINT_NOTNULL: { kind: "notNull", message: (names) => `${names} must not be null.` },
  SQLITE_CONSTRAINT_DATATYPE: {
    kind: "typeMismatch",
    message: (names) => `A value does not fit its column: ${names}.`,
  },
  SQLITE_CONSTRAINT_TRIGGER: { kind: "otherConstraint", message: (names) => names },
  SQLITE_CONSTRAINT: { kind: "otherConstraint", message: (names) => `A constraint failed: ${names}.` },
  SQLITE_MISMATCH: {
    kind: "typeMismatch",
    message: () => "A value of another type was given where a whole number is needed.",
  },
  SQLITE_BUSY_SNAPSHOT: {
    kind: "deadlock",
    retryable: true,
    message: () => "Another session has changed the database since this transaction first read it.",
    help: "Roll back and do the transaction again; one that will write begins with BEGIN IMMEDIATE.",
  },
  SQLITE_BUSY: {
    kind: "busy",
    retryable: true,
    message: () => "The database is locked by another program.",
    help: BUSY_HELP,
  },
  SQLITE_LOCKED: { kind: "busy", retryable: true, message: (names) => `A table is locked: ${names}.`, help: BUSY_HELP },
  SQLITE_READONLY: {
    kind: "readOnly",
    message: () => "The database can only be read.",
    help: "Open it for writing, and check the permissions of the file and its directory.",
  },
  SQLITE_CANTOPEN: {
    kind: "cannotOpen",
    message: () => "The database file cannot be opened.",
    help: "Check the path and the permissions of the file and its directory.",
  },
  SQLITE_CORRUPT: {
    kind: "corrupt",
    message: () => "The database file is damaged.",
    help: "Restore it from a backup; PRAGMA integrity_check shows the extent.",
  },
  SQLITE_NOTADB: {
    kind: "notADatabase",
    message: () => "The file is not an SQLite database.",
    help: "Check the path; an encrypted database looks like this too.",
  },
  SQLITE_FULL: {
    kind: "diskFull",
    message: () => "The disk is full; nothing of this statement was written.",
    help: "Free some space and try again.",
  },
  SQLITE_INTERRUPT: { kind: "interrupted", message: () => "The statement was interrupted." },
  SQLITE_PERM: { kind: "permission", message: () => "The operating system does not permit access to the database." },
  SQLITE_AUTH: { kind: "permission", message: (names) => `The statement is not permitted: ${names}.` },
  SQLITE_TOOBIG: { kind: "limit", message: () => "A string, bytes value or row is larger than SQLite can hold." },
  SQLITE_NOMEM: { kind: "limit", message: () => "SQLite has no memory left for this statement." },
  SQLITE_IOERR: {
    kind: "other",
    message: (names) => `Reading or writing the database file failed: ${names}.`,
    help: "Check the disk and the permissions of the directory.",
  },
};

function rowOfCode(code: string): ErrorRow | undefined {
  for (let prefix = code; prefix !== ""; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf("_")))) {
    const row = ERROR_ROWS[prefix];
    if (row !== undefined) return row;
  }
  return undefined;
}

/** What SQLite says after the first `: `: the columns of a constraint, the name of a check. */
function namesIn(message: string): string {
  const colon = message.indexOf(": ");
  return colon < 0 ? message : message.slice(colon + 2);
}

/** `t.a, t.b` as table and first column. */
function tableAndColumn(names: string): { readonly table: string | undefined; readonly column: string | undefined } {
  const first = names.split(", ")[0] ?? "";
  const dot = first.indexOf(".");
  return dot <= 0 || first.startsWith("index '")
    ? { table: undefined, column: undefined }
    : { table: first.slice(0, dot), column: first.slice(dot + 1) };
}

function constraintDetail(
  kind: EngineErrorKind,
  names: string,
): Pick<EngineErrorDetail, "constraint" | "table" | "column"> {
  switch (kind) {
    case "unique": {
      const index = /^index '(.*)'$/.exec(names);
      return index === null ? { constraint: names, ...tableAndColumn(names) } : { constraint: index[1] };
    }
    case "notNull":
      return { constraint: names, ...tableAndColumn(names) };
    case "check":
      return { constraint: names };
    default:
      return {};
  }
}

/** True for errors that come from SQLite itself. Traps of functions called inside SQL, and our own, are none. */
export function isSqliteError(error: unknown): error is InstanceType<typeof Database.SqliteError> {
  return error instanceof Database.SqliteError;
}

/**
 * The EngineError of something that the driver threw while it ran a statement.
 * What is no error of SQLite (a trap of a function called inside SQL, a bug of ours) is given back as it is.
 */
export function engineErrorOf(error: unknown, options: { readonly transactionEnded: boolean }): unknown {
  if (!isSqliteError(error)) return error;
  const row = rowOfCode(error.code);
  const names = namesIn(error.message);
  if (row === undefined)
    return new EngineError(sentence(error.message), {
      kind: "other",
      code: error.code,
      transactionEnded: options.transactionEnded,
      cause: error,
    });
  return new EngineError(row.message(names), {
    kind: row.kind,
    code: error.code,
    retryable: row.retryable === true,
    ...constraintDetail(row.kind, names),
    transactionEnded: options.transactionEnded,
    help: row.help,
    cause: error,
  });
}

/** SQLite's text as a sentence of ours. */
export function sentence(message: string): string {
  const text = message.trim();
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** The error of a function that SQL calls and that uses the connection which calls it. */
export function nestedStatement(): EngineError {
  return new EngineError("A function that SQL calls cannot run SQL itself.", {
    kind: "other",
    code: "GOBI_NESTED",
    help: "Call it outside the statement and use its result there.",
  });
}
