// What a workspace needs from outside: files, databases, the standard library, a clock for cron texts.
// The server hands in the disk (lsp/server/disk.ts) and what only the command line may know; tests hand in maps.
import type { CronPort } from "../../base/cron/fields.ts";
import type { ReadText } from "../../base/text-bytes.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { Item, Module } from "../../compiler/syntax/tree.ts";

/** What tells one state of a file from another. */
export interface Stamp {
  readonly file: string;
  readonly content: string;
}

/** Files, read-only. Paths are absolute with `/`. Nothing here throws: what cannot be read is not there. */
export interface Files {
  /** The text without a byte order mark; for bytes that are not UTF-8 there are replacement characters, and the first of them is told. */
  read(path: string): ReadText | undefined;
  /** All `.grz` files below a folder. */
  sources(folder: string): readonly string[];
  /** Names in a folder, files only. */
  names(folder: string): readonly string[];
  /** Texts that change when the path means another file, and when the file's content does; undefined when it is not there. */
  stamp(path: string): Stamp | undefined;
}

/** An open database. */
export interface OpenDatabase {
  /** The catalog of now; the same object as long as neither schema nor stored objects have changed. @throws an engine's error when it can no longer be read. */
  view(): CatalogView;
  close(): void;
}

/** The standard library. */
export interface Library {
  standardModule(routine: string): Module | undefined;
  standardNames(): readonly string[];
  /** A module by its name: `import math`. */
  libraryModule(name: string): Module | undefined;
}

/** Everything together. */
export interface WorkspacePorts {
  readonly files: Files;
  readonly library: Library;
  readonly cron: CronPort;
  /** Opens a database for reading. A text says why it cannot be, in words that can follow its path. */
  readonly openDatabase: (path: string) => OpenDatabase | string;
  /** Told once per cause: why a database or schema file is not used. */
  readonly warn: (text: string) => void;
  /** Told after a check of a file which items it looked at: an edit, an import or a schema may have touched few of them. */
  readonly checked?: ((path: string, items: readonly Item[]) => void) | undefined;
}
