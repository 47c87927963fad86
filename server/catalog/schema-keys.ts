// Foreign keys, indexes and fixed rows of the catalog's tables. Data only; schema.ts makes DDL of it.
import type { SystemTableName } from "../../base/system-tables.ts";

/** A foreign key of a stored table. Without `onDelete` a parent in use cannot be deleted. */
export interface CatalogForeignKey {
  readonly columns: readonly string[];
  readonly parent: SystemTableName;
  readonly parentColumns: readonly string[];
  readonly onDelete: "CASCADE" | "SET NULL" | undefined;
}

type KeyRow = readonly [
  column: string,
  parent: SystemTableName,
  parentColumn: string,
  onDelete?: "CASCADE" | "SET NULL",
];

const FOREIGN_KEYS: Readonly<Partial<Record<SystemTableName, readonly KeyRow[]>>> = {
  routine_versions: [["routine_id", "routines", "routine_id", "CASCADE"]],
  pipeline_steps: [["pipeline_id", "pipelines", "pipeline_id", "CASCADE"]],
  pipeline_versions: [["pipeline_id", "pipelines", "pipeline_id", "CASCADE"]],
  trigger_stats: [["trigger_id", "triggers", "trigger_id", "CASCADE"]],
  constraint_set_items: [
    ["set_id", "constraint_sets", "id", "CASCADE"],
    ["constraint_type_id", "constraint_types", "id"],
  ],
  actions: [["action_type_id", "action_types", "id"]],
  schedule_actions: [
    ["schedule_id", "schedules", "schedule_id", "CASCADE"],
    ["action_id", "actions", "id", "CASCADE"],
    ["constraint_type_id", "constraint_types", "id"],
  ],
  run_attempts: [["run_id", "runs", "run_id", "CASCADE"]],
  run_steps: [["run_id", "runs", "run_id", "CASCADE"]],
  run_logs: [["run_id", "runs", "run_id", "CASCADE"]],
  run_transitions: [["run_id", "runs", "run_id", "CASCADE"]],
  constraint_violations: [
    ["run_id", "runs", "run_id", "CASCADE"],
    ["constraint_type_id", "constraint_types", "id"],
    ["constraint_set_id", "constraint_sets", "id", "SET NULL"],
  ],
  action_runs: [
    ["run_id", "runs", "run_id", "CASCADE"],
    ["action_type_id", "action_types", "id"],
    ["constraint_violation_id", "constraint_violations", "id", "SET NULL"],
  ],
  due_actions: [["run_id", "runs", "run_id", "CASCADE"]],
  webhook_deliveries: [["run_id", "runs", "run_id", "CASCADE"]],
  role_members: [["role_id", "roles", "role_id", "CASCADE"]],
  api_tokens: [["user_id", "users", "user_id", "CASCADE"]],
};

/** The foreign keys of a table. */
export function foreignKeysOf(table: SystemTableName): readonly CatalogForeignKey[] {
  return (FOREIGN_KEYS[table] ?? []).map(([column, parent, parentColumn, onDelete]) => ({
    columns: [column],
    parent,
    parentColumns: [parentColumn],
    onDelete,
  }));
}

/** Indexes besides keys: every foreign key column leads one, or the table's key. */
export const INDEXES: readonly { readonly table: SystemTableName; readonly columns: readonly string[] }[] = [
  { table: "routine_versions", columns: ["source_hash"] },
  { table: "dependencies", columns: ["referenced_kind", "referenced_name"] },
  { table: "triggers", columns: ["target", "ordinal"] },
  { table: "schedules", columns: ["enabled", "next_run_at"] },
  { table: "runs", columns: ["schedule_id", "scheduled_at"] },
  { table: "runs", columns: ["status", "priority", "scheduled_at"] },
  { table: "runs", columns: ["parent_run_id"] },
  { table: "constraint_set_items", columns: ["constraint_type_id"] },
  { table: "actions", columns: ["action_type_id"] },
  { table: "schedule_actions", columns: ["schedule_id", "fire_on"] },
  { table: "schedule_actions", columns: ["action_id"] },
  { table: "schedule_actions", columns: ["constraint_type_id"] },
  { table: "constraint_violations", columns: ["run_id"] },
  { table: "constraint_violations", columns: ["constraint_type_id", "violation_time"] },
  { table: "constraint_violations", columns: ["constraint_set_id"] },
  { table: "action_runs", columns: ["run_id"] },
  { table: "action_runs", columns: ["action_type_id"] },
  { table: "action_runs", columns: ["constraint_violation_id"] },
  { table: "webhook_deliveries", columns: ["run_id"] },
  { table: "webhook_deliveries", columns: ["created_at"] },
  { table: "webhook_deliveries", columns: ["success", "next_attempt_at"] },
  { table: "trigger_outbox", columns: ["trigger_id", "order_key", "seq"] },
  { table: "change_log", columns: ["table_name"] },
  { table: "scheduler_stats", columns: ["start_time"] },
  { table: "scheduler_stats", columns: ["end_time"] },
  { table: "orchestrator_stats", columns: ["stats_period_id"] },
  { table: "syncer_stats", columns: ["start_time"] },
  { table: "syncer_stats", columns: ["end_time"] },
  { table: "stats_collector_stats", columns: ["start_time"] },
  { table: "stats_collector_stats", columns: ["end_time"] },
  { table: "webhook_handler_stats", columns: ["start_time"] },
  { table: "webhook_handler_stats", columns: ["end_time"] },
  { table: "role_members", columns: ["member_kind", "member_id"] },
  { table: "api_tokens", columns: ["user_id"] },
  { table: "grants", columns: ["object_kind", "object_name"] },
  { table: "audit_log", columns: ["at"] },
  { table: "kept_answers", columns: ["kept_at"] },
  { table: "audit_log", columns: ["object_kind", "object_name"] },
];

type KindRow = readonly [id: number, name: string, phase?: "pre" | "during" | "post"];

/** Kinds of constraints and actions with their fixed numbers, never renumbered or reused. */
export const KIND_ROWS = {
  constraint_types: [
    [1, "maxConcurrentRuns", "pre"],
    [2, "catchUp", "pre"],
    [3, "preRunHook", "pre"],
    [4, "postRunHook", "post"],
    [5, "catchUpWindow", "pre"],
    [6, "maxExpectedRunTime", "during"],
    [7, "maxAllowedRunTime", "during"],
    [8, "requirePreviousSuccess", "pre"],
    [9, "maxRunsPerHour", "pre"],
  ],
  action_types: [
    [1, "retry"],
    [2, "kickOffJob"],
    [3, "webhook"],
    [4, "killAllInstances"],
    [5, "killLatestInstance"],
    [6, "skipNextInstance"],
  ],
} as const satisfies Record<string, readonly KindRow[]>;

/** Ids of the built-in roles: members of `admin` may do everything, everybody is a member of `public`. */
export const BUILTIN_ROLES = { admin: "role-admin", public: "role-public" } as const;
