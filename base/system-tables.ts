// The tables and views that programs see as `system.*`: names, columns, types, keys. Data only, by area in system-tables/.
// The server creates the stored ones as `gobi_*` and answers the others; the checker types `SELECT … FROM system.x` by the same rows.
// Types: a scalar name, with `?` when the column may be null.
import type { ScalarName } from "./scalar.ts";
import { AUTOMATION_TABLES } from "./system-tables/automation.ts";
import { DAEMON_TABLES } from "./system-tables/daemon.ts";
import { DEFINITION_TABLES } from "./system-tables/definitions.ts";
import { FEED_TABLES } from "./system-tables/feeds.ts";
import { GATEWAY_TABLES } from "./system-tables/gateway.ts";
import type { SystemColumnType, SystemTableRow } from "./system-tables/row.ts";
import { RUN_TABLES } from "./system-tables/runs.ts";
import { SECURITY_TABLES } from "./system-tables/security.ts";
import { STATISTICS_TABLES } from "./system-tables/statistics.ts";
import { AUTOMATION_VIEWS } from "./system-tables/views.ts";

/** Every system table by its name below `system.`. */
export const SYSTEM_TABLES = {
  ...DEFINITION_TABLES,
  ...AUTOMATION_TABLES,
  ...RUN_TABLES,
  ...STATISTICS_TABLES,
  ...SECURITY_TABLES,
  ...GATEWAY_TABLES,
  ...FEED_TABLES,
  ...AUTOMATION_VIEWS,
  ...DAEMON_TABLES,
} as const satisfies Record<string, SystemTableRow>;

/** Name of a system table. */
export type SystemTableName = keyof typeof SYSTEM_TABLES;

/** Splits a column type into the scalar and whether it may be null. */
export function systemColumnType(type: SystemColumnType): { readonly type: ScalarName; readonly nullable: boolean } {
  const nullable = type.endsWith("?");
  return { type: (nullable ? type.slice(0, -1) : type) as ScalarName, nullable };
}
