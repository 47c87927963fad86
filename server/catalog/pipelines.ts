// Pipelines in the catalog: storing a declaration as a version with its steps, and reading the current version back as what a run needs.
// The stored text is the truth; gobi_pipeline_steps shows it to people. Members that name the pipeline in their metadata are found when it is read.
import { durationMs, sizeBytes } from "../../base/quantity.ts";
import { scalarByName, type ScalarName } from "../../base/scalar.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import {
  namesUsed,
  orderedStep,
  orderSteps,
  type OrderedStep,
  type StepOrder,
} from "../../compiler/effects/step-order.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { ConfigEntry, Expression, PipelineDeclaration } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { configText, configValue, configValues, configWords, type ConfigValue } from "./config-values.ts";
import { outerName } from "./query-templates.ts";
import { findRoutines, type StoredRoutine } from "./routines.ts";
import { storedTable, timestampText, type CatalogPlace } from "./schema.ts";
import { bodyOfStep } from "./step-names.ts";

/** A step as it is run. */
export interface PipelineStep {
  readonly name: string;
  /** Procedure or function; for a step with SQL the one that this was stored as. */
  readonly call: string;
  /** SQL that the step runs, as it is meant. */
  readonly sql: string | undefined;
  /** The query template that the step runs, as it is named. */
  readonly query: string | undefined;
  readonly after: readonly string[];
  /** Text of the condition and of the arguments' struct: expressions over the results of other steps. */
  readonly when: string | undefined;
  readonly args: string | undefined;
  /** Names in the condition and the arguments. */
  readonly uses: readonly string[];
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly onError: "stop" | "continue";
  /** Scalar type of what it returns, when that is known and not null: its result in conditions and arguments has it. */
  readonly resultType?: string;
  /** Names of a template's parameters in the procedure that it was stored as, by the folded names that the step gives them. */
  readonly inner?: Readonly<Record<string, string>>;
  /** Why it cannot run: its template is not there. */
  readonly missing?: string;
}

/** The current version of a pipeline. */
export interface PipelineDefinition {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly source: string;
  /** As written, then members that name the pipeline, by name. */
  readonly steps: readonly PipelineStep[];
  /** Steps by number, in the order of `steps`. */
  readonly order: StepOrder;
  /** Steps side by side; undefined: as many as are free. */
  readonly maxParallel: number | undefined;
  readonly memoryBytesMax: number | undefined;
  readonly fuelMax: number | undefined;
}

/** What a step has that says nothing about it. */
const STEP_DEFAULTS = {
  sql: undefined,
  query: undefined,
  after: [],
  when: undefined,
  args: undefined,
  uses: [],
  retries: 0,
  onError: "stop",
} as const;

/** Scalar types that JSON data takes on again by conversion; a step's result is kept as JSON. */
const CONVERTED: ReadonlySet<string> = new Set<ScalarName>([
  "int",
  "float",
  "decimal",
  "bool",
  "string",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
]);

/** Writes the text and the steps of a new version and makes it the current one. Inside the caller's transaction. @throws EngineError. */
export function storeSteps(place: CatalogPlace, declaration: PipelineDeclaration, text: string): void {
  const { connection } = place;
  const id = textOf(
    readRows(connection, `SELECT pipeline_id FROM ${storedTable("pipelines")} WHERE name = ? COLLATE NOCASE`, [
      declaration.name.text,
    ])[0]?.[0],
  );
  const version = numberOf(
    readRows(
      connection,
      `SELECT coalesce(max(version), 0) + 1 FROM ${storedTable("pipeline_steps")} WHERE pipeline_id = ?`,
      [id],
    )[0]?.[0],
  );
  insertRow(connection, storedTable("pipeline_versions"), {
    pipeline_id: id,
    version,
    source: text,
    created_at: timestampText(place.nowMicros()),
  });
  for (const [index, step] of stepsWritten(declaration, text).entries()) {
    insertRow(connection, storedTable("pipeline_steps"), {
      pipeline_id: id,
      version,
      step_no: index + 1,
      name: step.name,
      exe_kind: step.query !== undefined ? "query" : step.sql === undefined ? "procedure" : "sql",
      call_ref: step.call,
      depends_on: JSON.stringify(step.after),
      args: step.args === undefined ? null : JSON.stringify(step.args),
      when_source: step.when ?? null,
      on_error: step.onError,
      retry: JSON.stringify({ max: step.retries }),
      timeout_ms: step.timeoutMs ?? null,
    });
  }
  writeRows(connection, `UPDATE ${storedTable("pipelines")} SET current_version = ? WHERE pipeline_id = ?`, [
    version,
    id,
  ]);
}

/** The steps that the declaration itself lists. */
export function stepsWritten(declaration: PipelineDeclaration, text: string): readonly PipelineStep[] {
  const config = configValues(declaration.config, text);
  const value = entryValue(declaration.config?.entries, "steps");
  const elements = value !== undefined && "kind" in value && value.kind === "list" ? value.elements : [];
  return elements.map((element, index) => stepOf(declaration.name.text, element, text, config, index));
}

function entryValue(entries: readonly ConfigEntry[] | undefined, key: string): ConfigEntry["value"] | undefined {
  return entries?.find((entry) => entry.key.text.toLowerCase() === key)?.value;
}

function stepOf(
  pipeline: string,
  element: Expression,
  text: string,
  config: Readonly<Record<string, ConfigValue>>,
  index: number,
): PipelineStep {
  const isCall = element.kind === "call";
  const name = configText(configValue(isCall ? element.callee : element, text)) ?? `step_${index + 1}`;
  const given = new Map<string, Expression>();
  if (isCall)
    for (const argument of element.arguments)
      if (argument.name !== undefined) given.set(argument.name.text.toLowerCase(), argument.value);
  const valueOf = (key: string): ConfigValue | undefined => {
    const expression = given.get(key);
    return expression === undefined ? undefined : configValue(expression, text);
  };
  const sourceOf = (key: string): string | undefined => {
    const expression = given.get(key);
    return expression === undefined ? undefined : text.slice(expression.span.start, expression.span.end);
  };
  const sql = configText(valueOf("sql"));
  const query = configText(valueOf("query"));
  return {
    name,
    call: sql === undefined && query === undefined ? (configText(valueOf("call")) ?? name) : bodyOfStep(pipeline, name),
    sql,
    query,
    after: namesIn(valueOf("after")),
    when: sourceOf("when"),
    args: sourceOf(query === undefined ? "args" : "params"),
    uses: namesUsed([given.get("when"), given.get("args"), given.get("params")]),
    retries: wholeNumber(valueOf("retries") ?? config["retries"]) ?? STEP_DEFAULTS.retries,
    timeoutMs: duration(valueOf("timeout") ?? config["timeout"]),
    onError: (valueOf("on_error") ?? config["on_error"]) === "continue" ? "continue" : STEP_DEFAULTS.onError,
  };
}

/** Names as written: configWords folds them. */
function namesIn(value: ConfigValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? (value as readonly ConfigValue[]) : [value];
  return items.map((item) => configText(item) ?? "").filter((name) => name !== "");
}

function wholeNumber(value: ConfigValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** A whole number is seconds, as the checker lets durations be. */
function duration(value: ConfigValue | undefined): number | undefined {
  return typeof value === "number" ? value * 1000 : typeof value === "string" ? durationMs(value) : undefined;
}

/** The current version of a pipeline with its members; undefined when there is none of that name. The catalog must exist. @throws EngineError. */
export function readPipeline(connection: Connection, name: string): PipelineDefinition | undefined {
  const [row] = readRows(
    connection,
    `SELECT pipeline_id, name, current_version, CAST(enabled AS INTEGER), source FROM ${storedTable("pipelines")} WHERE name = ? COLLATE NOCASE`,
    [name],
  );
  if (row === undefined) return undefined;
  const source = textOf(row[4]);
  const declaration = pipelineOf(textOf(row[1]), source);
  const config = configValues(declaration?.config, source);
  const written = declaration === undefined ? [] : stepsWritten(declaration, source);
  const known = legacyBodies(connection, textOf(row[0]), numberOf(row[2]), written);
  const placed = [...known, ...members(connection, textOf(row[1]), written)].map((step) =>
    placedStep(connection, step),
  );
  const resources = config["resources"];
  const resource = (key: string): ConfigValue | undefined =>
    typeof resources === "object" && resources !== null && !Array.isArray(resources)
      ? (resources as Readonly<Record<string, ConfigValue>>)[key]
      : undefined;
  const memory = resource("memory");
  return {
    id: textOf(row[0]),
    name: textOf(row[1]),
    version: numberOf(row[2]),
    enabled: numberOf(row[3]) === 1 || row[3] === true,
    source,
    steps: placed.map(({ step }) => step),
    order: orderSteps(placed.map(({ ordered }) => ordered)),
    maxParallel: wholeNumber(config["max_parallel"]),
    memoryBytesMax: typeof memory === "number" ? memory : sizeBytes(configText(memory) ?? ""),
    fuelMax: wholeNumber(resource("fuel")),
  };
}

/** The steps that the text of a version lists. */
export function stepsOfSource(name: string, source: string): readonly PipelineStep[] {
  const declaration = pipelineOf(name, source);
  return declaration === undefined ? [] : stepsWritten(declaration, source);
}

function pipelineOf(name: string, source: string): PipelineDeclaration | undefined {
  const statement = parse({ name, text: source }).value.items[0]?.statement;
  return statement?.kind === "pipeline" ? statement : undefined;
}

/** The steps with the names under which an older program stored their bodies, where they are not there under the names of now. @throws EngineError. */
function legacyBodies(
  connection: Connection,
  id: string,
  version: number,
  written: readonly PipelineStep[],
): readonly PipelineStep[] {
  const isLost = ({ sql, call }: PipelineStep): boolean =>
    sql !== undefined && findRoutines(connection, call).length === 0;
  if (!written.some(isLost)) return written;
  const sql = `SELECT call_ref FROM ${storedTable("pipeline_steps")} WHERE pipeline_id = ? AND version = ? ORDER BY step_no`;
  const names = readRows(connection, sql, [id, version]).map(([name]) => textOf(name));
  return written.map((step, index) => (isLost(step) ? { ...step, call: names[index] ?? step.call } : step));
}

/** Steps that are not listed: routines whose metadata names the pipeline (`nightly`, `nightly.load`), and what schedules and triggers that name it call. */
function members(connection: Connection, pipeline: string, written: readonly PipelineStep[]): readonly PipelineStep[] {
  const taken = new Set(written.map((step) => step.name.toLowerCase()));
  const found: PipelineStep[] = [];
  for (const { call, words } of [...routinesNaming(connection), ...objectsNaming(connection)]) {
    for (const word of words) {
      const [owner, step] = word.split(".");
      const name = step ?? call;
      if (owner !== pipeline.toLowerCase() || taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      found.push({ name, call, timeoutMs: undefined, ...STEP_DEFAULTS });
    }
  }
  return found;
}

interface Naming {
  readonly call: string;
  readonly words: readonly string[];
}

function routinesNaming(connection: Connection): readonly Naming[] {
  const rows = readRows(
    connection,
    `SELECT r.name, CAST(v.model_config AS TEXT) FROM ${storedTable("routines")} r JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id AND v.version = r.current_version
      WHERE r.dropped_at IS NULL AND v.model_config IS NOT NULL ORDER BY r.name COLLATE NOCASE`,
  );
  return rows.map(([name, config]) => ({
    call: textOf(name),
    words: configWords((JSON.parse(textOf(config)) as Readonly<Record<string, ConfigValue>>)["pipeline"]),
  }));
}

function objectsNaming(connection: Connection): readonly Naming[] {
  const rows = readRows(
    connection,
    `SELECT call_ref, source FROM ${storedTable("schedules")} WHERE call_ref IS NOT NULL AND exe_kind <> 'pipeline' AND source LIKE '%pipeline%'
      UNION ALL SELECT call_ref, source FROM ${storedTable("triggers")} WHERE call_ref IS NOT NULL AND exe_kind <> 'pipeline' AND source LIKE '%pipeline%' ORDER BY 1`,
  );
  return rows.map(([call, text]) => {
    const source = textOf(text);
    const statement = parse({ name: textOf(call), text: source }).value.items[0]?.statement;
    const config =
      statement?.kind === "schedule" || statement?.kind === "trigger" ? configValues(statement.config, source) : {};
    return { call: textOf(call), words: configWords(config["pipeline"]) };
  });
}

/** A step with what it reads, writes and returns, as it is stored with what it calls. */
function placedStep(
  connection: Connection,
  step: PipelineStep,
): { readonly step: PipelineStep; readonly ordered: OrderedStep } {
  const [routine] = findRoutines(connection, step.call);
  const ordered = orderedStep(step, routine === undefined ? undefined : effectsFromJson(routine.effectsJson));
  const type = scalarByName(routine?.returnType.replace(/\?$/u, "") ?? "");
  const typed = type === undefined || !CONVERTED.has(type) ? step : { ...step, resultType: type };
  return { ordered, step: step.query === undefined ? typed : { ...typed, ...templateOfStep(step.query, routine) } };
}

/** What a step with a template adds, from the procedure that this was stored as. */
function templateOfStep(query: string, routine: StoredRoutine | undefined): Pick<PipelineStep, "inner" | "missing"> {
  if (routine === undefined)
    return { missing: `There is no query template ${query}; gobi queries load stores it for the pipeline.` };
  return { inner: Object.fromEntries(routine.parameters.map(({ name }) => [outerName(name).toLowerCase(), name])) };
}
