// The tables and views that programs see as `system.*`: names, columns, types, keys. Data only.
// The server creates the stored ones as `gobi_*` and answers the others; the checker types `SELECT … FROM system.x` by the same rows.
// Types: a scalar name, with `?` when the column may be null.
import type { ScalarName } from "./scalar.ts";

/** Type of a system column. */
export type SystemColumnType = ScalarName | `${ScalarName}?`;

interface SystemTableRow {
  /** `stored`: a `gobi_*` table; `view`: a query over stored ones; `computed`: made by the server when read. */
  readonly source: "stored" | "view" | "computed";
  readonly key: readonly string[];
  readonly uniques: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, SystemColumnType>>;
  readonly doc: string;
}

/** Every system table by its name below `system.`. */
export const SYSTEM_TABLES = {
  settings: {
    source: "stored",
    key: ["scope", "scope_id", "name"],
    uniques: [],
    columns: {
      scope: "string", scope_id: "string", name: "string", value: "json", value_type: "string", secret_ref: "string?", updated_at: "timestamp",
      updated_by: "string?",
    },
    doc: "Settings by scope and name.",
  },
  schema_migrations: {
    source: "stored",
    key: ["version"],
    uniques: [],
    columns: {
      version: "int", name: "string", checksum: "string", applied_at: "timestamp", duration_ms: "int", applied_by: "string?",
    },
    doc: "Versions of the catalog's own tables that were applied.",
  },
  types: {
    source: "stored",
    key: ["type_id"],
    uniques: [["name"]],
    columns: {
      type_id: "string", kind: "string", name: "string", source: "string", created_at: "timestamp", modified_at: "timestamp",
    },
    doc: "Stored structs, enums and error types.",
  },
  routines: {
    source: "stored",
    key: ["routine_id"],
    uniques: [["kind", "schema_name", "name", "receiver_type"]],
    columns: {
      routine_id: "string", kind: "string", schema_name: "string", name: "string", receiver_type: "string", current_version: "int",
      owner_id: "string?", enabled: "bool", created_at: "timestamp", modified_at: "timestamp", dropped_at: "timestamp?",
    },
    doc: "Procedures and functions by name; the text is in routine_versions.",
  },
  routine_versions: {
    source: "stored",
    key: ["routine_id", "version"],
    uniques: [],
    columns: {
      routine_id: "string", version: "int", source: "string", source_hash: "string", parameters: "json", return_type: "string", raises: "json",
      execution_mode: "string", model_config: "json?", bytecode: "bytes?", bytecode_format: "int?", compiler_version: "string", status: "string",
      diagnostics: "json?", created_at: "timestamp", created_by: "string?", compiled_against: "string?",
      effects: "json",
    },
    doc: "Every stored text of a routine with its signature, bytecode and what the checker found.",
  },
  dependencies: {
    source: "stored",
    key: ["dependent_kind", "dependent_id", "dependent_version", "referenced_kind", "referenced_name", "access_mode"],
    uniques: [],
    columns: {
      dependent_kind: "string", dependent_id: "string", dependent_version: "int", referenced_kind: "string", referenced_name: "string",
      access_mode: "string", referenced_id: "string?", column_names: "json?",
    },
    doc: "What each stored version reads, writes and calls, with columns.",
  },
  triggers: {
    source: "stored",
    key: ["trigger_id"],
    uniques: [["name"]],
    columns: {
      trigger_id: "string", name: "string", timing: "string", events: "json", granularity: "string", target: "string", when_source: "string?",
      exe_kind: "string", call_ref: "string?", args: "json?", routine_id: "string?", ordinal: "int", enabled: "bool", max_depth: "int",
      on_error: "string", owner_id: "string?", created_at: "timestamp", modified_at: "timestamp", source: "string",
    },
    doc: "Triggers that are not native to the engine.",
  },
  pipelines: {
    source: "stored",
    key: ["pipeline_id"],
    uniques: [["name"]],
    columns: {
      pipeline_id: "string", name: "string", current_version: "int", description: "string?", owner_id: "string?", enabled: "bool",
      created_at: "timestamp", modified_at: "timestamp", source: "string",
    },
    doc: "Pipelines by name.",
  },
  pipeline_steps: {
    source: "stored",
    key: ["pipeline_id", "version", "step_no"],
    uniques: [],
    columns: {
      pipeline_id: "string", version: "int", step_no: "int", name: "string", exe_kind: "string", call_ref: "string?", args: "json?",
      depends_on: "json?", when_source: "string?", on_error: "string", retry: "json?", timeout_ms: "int?", lane: "string?",
    },
    doc: "Steps of each version of a pipeline.",
  },
  schedules: {
    source: "stored",
    key: ["schedule_id"],
    uniques: [["name"]],
    columns: {
      schedule_id: "string", name: "string", cron: "string?", interval_ms: "int?", run_at: "timestamp?", timezone: "string", exe_kind: "string",
      call_ref: "string?", args: "json?", routine_id: "string?", priority: "int", lane: "string", tags: "json?", enabled: "bool",
      manual_allowed: "bool", manual_fields: "json?", constraint_set_id: "string?", start_at: "timestamp?", end_at: "timestamp?", jitter_ms: "int",
      next_run_at: "timestamp?", last_run_id: "string?", owner_id: "string?", created_at: "timestamp", modified_at: "timestamp", source: "string",
    },
    doc: "Schedules by name.",
  },
  runs: {
    source: "stored",
    key: ["run_id"],
    uniques: [["dedupe_key"]],
    columns: {
      run_id: "string", kind: "string", schedule_id: "string?", routine_id: "string?", routine_version: "int?", pipeline_id: "string?",
      trigger_id: "string?", parent_run_id: "string?", scheduled_at: "timestamp", enqueued_at: "timestamp?", started_at: "timestamp?",
      completed_at: "timestamp?", status: "string", success: "bool?", error_code: "string?", error: "string?", skip_reason: "string?",
      behind_schedule: "bool", attempt: "int", max_attempts: "int", priority: "int", lane: "string", args: "json?", result: "json?",
      dedupe_key: "string?", instance_id: "string?", fencing: "int?", heartbeat_at: "timestamp?", cancel_requested_at: "timestamp?",
      user_id: "string?", session_id: "string?",
    },
    doc: "One row for each run of a routine, schedule, pipeline or asynchronous trigger.",
  },
  run_attempts: {
    source: "stored",
    key: ["run_id", "attempt"],
    uniques: [],
    columns: {
      run_id: "string", attempt: "int", status: "string", started_at: "timestamp", completed_at: "timestamp?", error_code: "string?",
      error: "string?", worker: "string?", retry_delay_ms: "int?", metrics: "json?",
    },
    doc: "Attempts of a run.",
  },
  run_steps: {
    source: "stored",
    key: ["run_id", "attempt", "step_no"],
    uniques: [],
    columns: {
      run_id: "string", attempt: "int", step_no: "int", name: "string", status: "string", started_at: "timestamp?", completed_at: "timestamp?",
      row_count: "int?", error: "string?", result: "json?",
    },
    doc: "Steps of a pipeline run.",
  },
  run_logs: {
    source: "stored",
    key: ["run_id", "seq"],
    uniques: [],
    columns: {
      run_id: "string", seq: "int", attempt: "int", at: "timestamp", level: "string", message: "string", fields: "json?",
    },
    doc: "Log lines of a run.",
  },
  procedures: {
    source: "view",
    key: ["name"],
    uniques: [],
    columns: {
      name: "string", model_config: "json?", parameters: "json", body: "string", execution_mode: "string", created_at: "timestamp",
      modified_at: "timestamp", return_type: "string", raises: "json", version: "int", status: "string",
    },
    doc: "Current versions of the stored procedures; the first seven columns are those of the founding documents.",
  },
  functions: {
    source: "view",
    key: ["name", "receiver_type"],
    uniques: [],
    columns: {
      name: "string", receiver_type: "string", model_config: "json?", parameters: "json", body: "string", execution_mode: "string",
      created_at: "timestamp", modified_at: "timestamp", return_type: "string", raises: "json", version: "int", status: "string",
    },
    doc: "Current versions of the stored functions; receiver_type is empty for free functions.",
  },
  tables: {
    source: "computed",
    key: ["schema_name", "name"],
    uniques: [],
    columns: {
      schema_name: "string", name: "string", kind: "string", column_count: "int", sql: "string?",
    },
    doc: "Tables and views of the database and of what is attached.",
  },
  columns: {
    source: "computed",
    key: ["schema_name", "table_name", "name"],
    uniques: [],
    columns: {
      schema_name: "string", table_name: "string", name: "string", ordinal: "int", type: "string?", declared_type: "string", nullable: "bool",
      default_text: "string?", primary_key_position: "int?", generated: "bool",
    },
    doc: "Columns of all tables and views.",
  },
} as const satisfies Record<string, SystemTableRow>;

/** Name of a system table. */
export type SystemTableName = keyof typeof SYSTEM_TABLES;

/** Splits a column type into the scalar and whether it may be null. */
export function systemColumnType(type: SystemColumnType): { readonly type: ScalarName; readonly nullable: boolean } {
  const nullable = type.endsWith("?");
  return { type: (nullable ? type.slice(0, -1) : type) as ScalarName, nullable };
}
