// Rows of a query whose reader tells when it is at work, so that it can be stopped then and only then.
import type { RowSource } from "../../storage/engine.ts";

/** The rows that `open` gives; `told` hears when reading begins and when it pauses. @throws what `open` throws. */
export function rowsTold(open: () => RowSource, told: (running: boolean) => void): RowSource {
  const stoppable = <T>(work: () => T): T => {
    told(true);
    try {
      return work();
    } finally {
      told(false);
    }
  };
  // A query of one row is done as a whole when it is opened.
  const source = stoppable(open);
  return { columns: source.columns, next: () => stoppable(() => source.next()), close: () => source.close() };
}
