// Rows of a query whose reader tells when it is at work, so that it can be stopped then and only then.
import type { RowSource } from "../../storage/engine.ts";

/** The same rows; `told` hears when a batch is begun to be read, and when that has ended. */
export function rowsTold(source: RowSource, told: (running: boolean) => void): RowSource {
  return {
    columns: source.columns,
    next: () => {
      told(true);
      try {
        return source.next();
      } finally {
        told(false);
      }
    },
    close: () => source.close(),
  };
}
