// Privileges: which there are, on what kind of object each can be granted, and what a need is: one thing that a statement may only do with a privilege.
// Data only: the checker finds needs (compiler/effects), the server grants and asks (server/security).

/** Kinds of objects on which something can be granted. `service` and `database` have no name. */
export const GRANT_OBJECTS = [
  "procedure",
  "function",
  "table",
  "schedule",
  "pipeline",
  "trigger",
  "template",
  "database",
  "service",
] as const;
export type GrantObject = (typeof GRANT_OBJECTS)[number];

/** One privilege. */
interface PrivilegeRow {
  readonly on: readonly GrantObject[];
  /** True: it may be granted on some columns of a table. */
  readonly columns?: boolean;
  readonly doc: string;
}

/** Every privilege, in the order in which lists show them. */
export const PRIVILEGES = {
  EXECUTE: { on: ["procedure", "function"], doc: "Call it." },
  SELECT: { on: ["table"], columns: true, doc: "Read rows of the table or view, or only some of its columns." },
  INSERT: { on: ["table"], columns: true, doc: "Add rows, or rows in which only some columns are given." },
  UPDATE: { on: ["table"], columns: true, doc: "Change rows, or only some columns of them." },
  DELETE: { on: ["table"], doc: "Delete rows." },
  REFERENCES: {
    on: ["table"],
    columns: true,
    doc: "Make foreign keys that refer to the table, or only to some columns of it: they tell what it holds, and keep its rows from being deleted.",
  },
  CREATE: {
    on: ["database"],
    doc: "Make tables, views, routines, triggers, schedules, pipelines and types, and own them.",
  },
  ALTER: {
    on: ["procedure", "function", "table", "schedule", "pipeline", "trigger"],
    doc: "Change, switch on and off, or drop it; on a table also indexes and triggers. Replacing the text of what runs with its owner's rights stays with the owner.",
  },
  LOCK: {
    on: ["database"],
    doc: "LOCK any name. Who may insert into, update, delete from or change a table may lock its name without it.",
  },
  RUN: { on: ["schedule", "pipeline"], doc: "Start it by hand and cancel its runs." },
  USE: { on: ["database", "template"], doc: "Connect to the database; run the query template." },
  "SERVICE CONTROL": {
    on: ["service"],
    doc: "Ask the daemon itself: sessions, lanes, locks, metrics, reload; pause all schedules.",
  },
} as const satisfies Record<string, PrivilegeRow>;

/** Name of a privilege. */
export type Privilege = keyof typeof PRIVILEGES;

/** One thing that a statement needs. `columns` undefined: the whole object. Tables are named as effects name them, `main.users`. */
export interface Need {
  readonly privilege: Privilege;
  readonly objectKind: GrantObject;
  readonly objectName: string;
  readonly columns: readonly string[] | undefined;
}

/** How needs name a function of the engine, among tables: it is none, and nothing can be granted on it. */
export function engineFunctionName(name: string): string {
  return `main.${name.toLowerCase()}()`;
}

/** The privilege of a word as written, `select`; undefined for another word. */
export function privilegeNamed(word: string): Privilege | undefined {
  const name = word.toUpperCase();
  return Object.hasOwn(PRIVILEGES, name) ? (name as Privilege) : undefined;
}

/** Whether a privilege can be granted on objects of a kind. */
export function fitsObject(privilege: Privilege, kind: GrantObject): boolean {
  const row: PrivilegeRow = PRIVILEGES[privilege];
  return row.on.includes(kind);
}

/** Whether a privilege can be granted on single columns. */
export function fitsColumns(privilege: Privilege): boolean {
  const row: PrivilegeRow = PRIVILEGES[privilege];
  return row.columns === true;
}

/** What a token may be used for at most, besides what its user may. A scope with `named` may be narrowed: `call:report`. */
export const TOKEN_SCOPES = {
  read: { privileges: ["SELECT"], named: true, doc: "Read tables." },
  write: { privileges: ["INSERT", "UPDATE", "DELETE", "LOCK"], named: true, doc: "Change rows, and lock." },
  call: {
    privileges: ["EXECUTE"],
    named: true,
    doc: "Call procedures and functions; what these do inside is not limited by the token.",
  },
  run: { privileges: ["RUN"], named: true, doc: "Start schedules and pipelines." },
  template: { privileges: ["USE"], named: true, doc: "Run query templates." },
  define: { privileges: ["CREATE", "ALTER", "REFERENCES"], named: false, doc: "Make, change and drop objects." },
  service: { privileges: ["SERVICE CONTROL"], named: false, doc: "Ask the daemon itself." },
} as const satisfies Record<
  string,
  { readonly privileges: readonly Privilege[]; readonly named: boolean; readonly doc: string }
>;

/** Whether a text is a scope: the name of one, or one that may be narrowed with a name behind a colon. */
export function isTokenScope(text: string): boolean {
  const [word = "", ...name] = text.split(":");
  if (!Object.hasOwn(TOKEN_SCOPES, word)) return false;
  return name.length === 0 || (TOKEN_SCOPES[word as keyof typeof TOKEN_SCOPES].named && name.join(":") !== "");
}

/** Whether a scope covers a need. Names match without regard to case, and with or without `main.`. */
export function scopeCovers(scope: string, need: Need): boolean {
  const [word = "", ...name] = scope.split(":");
  if (!isTokenScope(scope)) return false;
  const { privileges } = TOKEN_SCOPES[word as keyof typeof TOKEN_SCOPES];
  if (!(privileges as readonly Privilege[]).includes(need.privilege)) return false;
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^main\./, "")
      .replace(/@\d+$/, "");
  return name.length === 0 || plain(name.join(":")) === plain(need.objectName);
}
