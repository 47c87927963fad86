// Queries of the views over the tables of automation (base/system-tables/views.ts).
import type { AUTOMATION_VIEWS } from "../../base/system-tables/views.ts";

/** Milliseconds between two stored times. */
function span(from: string, to: string): string {
  return `CAST(round((julianday(${to}) - julianday(${from})) * 86400000.0) AS INTEGER)`;
}

/** Query of each view. */
export const AUTOMATION_VIEW_QUERIES: Readonly<Record<keyof typeof AUTOMATION_VIEWS, string>> = {
  jobs: `SELECT schedule_id AS id, name AS name, cron AS schedule,
      json_object('exe', exe_kind, 'call', call_ref, 'args', json(coalesce(args, '{}'))) AS pod_spec,
      constraint_set_id AS constraint_id, created_at AS created_at, modified_at AS updated_at
    FROM main.gobi_schedules WHERE dropped_at IS NULL`,
  job_actions: `SELECT schedule_id AS job_id, action_id AS action_id, fire_on AS "trigger", CAST(constraint_type_id AS TEXT) AS constraint_id
    FROM main.gobi_schedule_actions`,
  job_runs: `SELECT schedule_id AS job_id, scheduled_at AS scheduled_at, run_id AS run_id, started_at AS started_at, completed_at AS completed_at,
      CASE status WHEN 'retrying' THEN 'running' WHEN 'skipped' THEN 'cancelled' WHEN 'orphaned' THEN 'failed' ELSE status END AS status,
      success AS success, error AS error
    FROM main.gobi_runs`,
  constraints: `SELECT id AS id, max_concurrent_runs AS max_concurrent_runs, catch_up AS catch_up, catch_up_window AS catch_up_window,
      max_expected_run_time AS max_expected_run_time, max_allowed_run_time AS max_allowed_run_time, pre_run_hook AS pre_run_hook,
      post_run_hook AS post_run_hook, require_previous_success AS require_previous_success, created_at AS created_at, updated_at AS updated_at
    FROM main.gobi_constraint_sets`,
  active_runs: `SELECT r.run_id AS run_id, r.kind AS kind, s.name AS schedule, r.status AS status, r.attempt AS attempt, r.scheduled_at AS scheduled_at,
      r.started_at AS started_at, r.behind_schedule AS behind_schedule
    FROM main.gobi_runs r LEFT JOIN main.gobi_schedules s ON s.schedule_id = r.schedule_id WHERE r.status IN ('pending', 'running', 'retrying')`,
  run_anomalies: `WITH done AS (
      SELECT r.run_id, r.schedule_id, r.started_at, ${span("r.started_at", "r.completed_at")} AS duration_ms, r.status FROM main.gobi_runs r
        WHERE r.schedule_id IS NOT NULL AND r.started_at IS NOT NULL AND r.completed_at IS NOT NULL),
    ranked AS (
      SELECT schedule_id, duration_ms, row_number() OVER (PARTITION BY schedule_id ORDER BY duration_ms) AS place, count(*) OVER (PARTITION BY schedule_id) AS runs
        FROM done WHERE status = 'completed'),
    usual AS (
      SELECT schedule_id, max(runs) AS runs, avg(duration_ms) AS mean_ms, sqrt(max(0.0, avg(1.0 * duration_ms * duration_ms) - avg(duration_ms) * avg(duration_ms))) AS deviation_ms,
        min(CASE WHEN place >= 0.95 * runs THEN duration_ms END) AS p95_ms FROM ranked GROUP BY schedule_id)
    SELECT d.run_id AS run_id, s.name AS schedule, d.started_at AS started_at, d.duration_ms AS duration_ms, u.mean_ms AS mean_ms, u.deviation_ms AS deviation_ms, u.p95_ms AS p95_ms
      FROM done d JOIN usual u ON u.schedule_id = d.schedule_id JOIN main.gobi_schedules s ON s.schedule_id = d.schedule_id
      WHERE u.runs >= 10 AND d.duration_ms > u.mean_ms + 3 * u.deviation_ms AND d.duration_ms > 1.5 * u.p95_ms`,
  schedule_occurrences: `SELECT s.name AS schedule, e.value AS occurs_at FROM main.gobi_schedules s,
      json_each(gobi_occurrences(s.cron, s.interval_ms, s.timezone, s.dst_gap, s.dst_fold, s.start_at, s.end_at)) e
    WHERE s.dropped_at IS NULL AND s.enabled AND NOT EXISTS (SELECT 1 FROM main.gobi_settings p WHERE p.name = 'scheduler.paused')`,
};
