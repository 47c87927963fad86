// What the parts of the migrator know of each other: a migration as its file says it, and where a database stands.

/** One migration: a file `007_orders.sql`. */
export interface MigrationFile {
  readonly version: number;
  readonly name: string;
  /** Name of the file, for messages. */
  readonly file: string;
  readonly up: string;
  /** Undefined: the file has no part `-- down`. */
  readonly down: string | undefined;
  /** False for files with a line `-- notransaction`: what is done stays when a later statement fails. */
  readonly inTransaction: boolean;
  readonly checksum: string;
}

/** Where a database stands: the greatest versions of the files, of what is recorded and of what is applied; 0 when there is none. */
export interface MigrationState {
  readonly avail: number;
  readonly load: number;
  readonly apply: number;
}

/** One line of a list of migrations. */
export interface ListedMigration {
  readonly version: number;
  readonly name: string;
  readonly state: "applied" | "loaded" | "available";
  readonly appliedAt: string | undefined;
  readonly hasDown: boolean;
}

/** Where the migrator tells what it does. */
export type MigrationLog = (level: "debug" | "info" | "warn" | "error", text: string) => void;
