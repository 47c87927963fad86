// Kinds of objects that gobi knows, and what a command on one of them is. The commands are object-table.ts.
import type { ArgumentRow, OptionRow } from "../commands/table.ts";

/** Kinds of objects, plural; the singular is accepted too. */
export const OBJECT_NOUNS = [
  "procedures",
  "functions",
  "triggers",
  "schedules",
  "pipelines",
  "runs",
  "violations",
  "deadletters",
] as const;
/** A kind of object. */
export type ObjectNoun = (typeof OBJECT_NOUNS)[number];

/** What the user gave: the argument, and options by their long name. */
export interface ObjectRequest {
  /** "" when the command takes none. */
  readonly name: string;
  option(name: string): string | undefined;
  /** Whether an option without a value is given. */
  flag(name: string): boolean;
  /** A name as it stands in a statement; dots divide it. */
  quoted(name: string): string;
  /** A name whose dots are its own. */
  whole(name: string): string;
  /** A text as it stands in a statement. */
  text(text: string): string;
  /** A whole number that is not negative, or the default. @throws UsageError. */
  count(option: string, otherwise: number): number;
}

/** What a command is about: its kind, and a query that gives rows when it is there. */
export interface ObjectSubject {
  readonly noun: string;
  readonly query: (request: ObjectRequest) => string;
}

/** One command on one kind of object. */
export interface ObjectCommand {
  readonly verb: string;
  readonly summary: string;
  readonly argument: ArgumentRow | undefined;
  readonly options: readonly OptionRow[];
  /** What follows the words in examples. */
  readonly examples: readonly string[];
  readonly statement: (request: ObjectRequest) => string;
  /** What must be there, for statements that give no rows when it is not. */
  readonly subject: ObjectSubject | undefined;
  /** True when it changes something: the database must then exist and be writable. */
  readonly writes: boolean;
  /** True: it is tried in a transaction, which is undone unless `--commit` is given. */
  readonly tries: boolean;
}
