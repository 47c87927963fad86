// A number that moves with every commit of anybody to a database file. Loaded only by a gateway that keeps answers: it needs the engine.
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** Opens the file for it. @throws EngineError. */
export function watchVersion(file: string): {
  readonly version: () => number;
  close(): void;
} {
  const connection = sqliteEngine.connect({ target: file, create: false });
  return { version: () => connection.dataVersion(), close: () => connection.close() };
}
