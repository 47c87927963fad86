// What names a schedule instead of being named by it: routines and pipelines with `sched: ['nightly']` or a cron text in their configuration.
// A cron text makes a schedule whose name is that text; it stays as long as something names it.
import { isCronText } from "../../compiler/check/config-values.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { ScheduleDeclaration } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import type { RunTarget } from "../runs/types.ts";
import { insertRow, readRows, textOf } from "../sql/rows.ts";
import { configText, configValues, type ConfigValue } from "./config-values.ts";
import { newId } from "./identifiers.ts";
import { markScheduleDropped } from "./schedule-dropping.ts";
import { scheduleColumns } from "./schedules.ts";
import { catalogVersion, storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** Version of the catalog that brought what is written here. */
const FIRST_VERSION = 2;

/** A routine or pipeline that names a schedule. */
export interface ScheduleBinding {
  /** As written: a schedule's name or a cron text. */
  readonly schedule: string;
  readonly target: RunTarget;
}

/** All of them, oldest first, pipelines last. @throws EngineError. */
export function scheduleBindings(connection: Connection): readonly ScheduleBinding[] {
  const routines = readRows(
    connection,
    `SELECT r.name, r.kind, trim(e.value) FROM ${storedTable("routines")} r JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id AND v.version = r.current_version,
      json_each(v.model_config, '$.sched') e WHERE r.dropped_at IS NULL AND r.receiver_type = '' AND v.model_config IS NOT NULL ORDER BY r.created_at, r.rowid`,
  ).map(
    (row): ScheduleBinding => ({
      schedule: textOf(row[2]),
      target: { kind: textOf(row[1]) === "function" ? "function" : "procedure", name: textOf(row[0]) },
    }),
  );
  const pipelines = readRows(
    connection,
    `SELECT name, source FROM ${storedTable("pipelines")} WHERE source LIKE '%sched%' ORDER BY created_at, rowid`,
  ).flatMap((row) => {
    const [name, source] = [textOf(row[0]), textOf(row[1])];
    const statement = parse({ name, text: source }).value.items[0]?.statement;
    const value = statement?.kind === "pipeline" ? configValues(statement.config, source)["sched"] : undefined;
    return textsOf(value).map((schedule): ScheduleBinding => ({ schedule, target: { kind: "pipeline", name } }));
  });
  return [...routines, ...pipelines];
}

function textsOf(value: ConfigValue | undefined): readonly string[] {
  const list = Array.isArray(value) ? (value as readonly ConfigValue[]) : value === undefined ? [] : [value];
  return list.flatMap((item) => configText(item)?.trim() ?? []);
}

/**
 * Makes the schedules that are named by cron texts, and drops those that nothing names any more.
 * Runs inside the caller's transaction, after a change of routines or pipelines. @throws EngineError.
 */
export function followCronTexts(place: CatalogPlace): void {
  const { connection } = place;
  if (catalogVersion(connection) < FIRST_VERSION) return;
  const wanted = new Set(
    scheduleBindings(connection)
      .map((binding) => binding.schedule)
      .filter(isCronText),
  );
  const schedules = storedTable("schedules");
  for (const row of readRows(
    connection,
    `SELECT name, schedule_id, source FROM ${schedules} WHERE dropped_at IS NULL`,
  )) {
    const name = textOf(row[0]);
    if (!isCronText(name)) continue;
    if (!wanted.delete(name) && textOf(row[2]) === cronSource(name))
      markScheduleDropped(place, textOf(row[1]), "dropped");
  }
  const at = timestampText(place.nowMicros());
  for (const name of wanted) {
    const source = cronSource(name);
    const statement = parse({ name: "", text: source }).value.items[0]?.statement;
    if (statement?.kind === "schedule")
      insertRow(connection, schedules, {
        schedule_id: newId(place.nowMicros() / 1000),
        name,
        enabled: true,
        created_at: at,
        modified_at: at,
        source,
        ...scheduleColumns(statement, source),
      });
  }
}

/** The declaration that a cron text stands for. */
function cronSource(text: string): string {
  return `upsert SCHEDULE as \`${text}\` (sched: '${text}')`;
}

/** Begins the names of routines that are bodies of schedules; no name that a program writes without quotes looks so. */
const BODY_PREFIX = "schedule ";

/** True for the routine that a schedule's body was stored as; lists of procedures leave it out. */
export function isScheduleBody(routineName: string): boolean {
  return routineName.startsWith(BODY_PREFIX);
}

/** A schedule's own body as the text of a procedure, with that procedure's name. */
export function scheduleBody(
  declaration: ScheduleDeclaration,
  text: string,
): { readonly name: string; readonly text: string } | undefined {
  if (declaration.body === undefined) return undefined;
  const body = text.slice(declaration.body.span.start, declaration.body.span.end);
  const name = `${BODY_PREFIX}${declaration.name.text}`;
  const head = `procedure \`${name}\` ()`;
  return { name, text: body.startsWith("{") ? `${head} ${body}` : `CREATE ${head} AS ${body}` };
}
