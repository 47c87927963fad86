// All features of the server. What a row adds to the capabilities, the client may use; nothing else does the server claim.
import type { FeatureRow } from "./feature.ts";
import { ASSIST_ROWS } from "./rows/assist.ts";
import { DATABASE_ROWS } from "./rows/database.ts";
import { EDIT_ROWS } from "./rows/edits.ts";
import { HINT_ROWS } from "./rows/hints.ts";
import { NAVIGATION_ROWS } from "./rows/navigation.ts";
import { STRUCTURE_ROWS } from "./rows/structure.ts";

/** Every feature. Diagnostics by request are added per connection (rows/diagnostics.ts), because they remember what was told. */
export const FEATURES: readonly FeatureRow[] = [
  ...ASSIST_ROWS,
  ...NAVIGATION_ROWS,
  ...EDIT_ROWS,
  ...STRUCTURE_ROWS,
  ...HINT_ROWS,
  ...DATABASE_ROWS,
];
