// The work of one attempt on a session: calls the procedure, function, body or expression with arguments by name, sends its log lines out, gives its result as JSON data.
// The commit of the work carries the mark that it is done (writes/runs.ts), so that after a crash both are there or neither; who lost the run meanwhile commits nothing.
import { jsonText } from "../../base/value/json.ts";
import { parseJson } from "../../base/value/json-parse.ts";
import type { ErrorValue, Value } from "../../base/value/value.ts";
import { limitTrap, Trap } from "../../bytecode/trap.ts";
import { EngineError, type Connection } from "../../storage/engine.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { CallOutcome, ServeOptions, Session } from "../session-types.ts";
import { errorValueOf } from "../sql/engine-errors.ts";
import { writeNow } from "./store.ts";
import type { LogLine, RunClock, RunTarget, Task, TaskOutcome } from "./types.ts";

/** Characters of a result that is kept with its run. */
const RESULT_CHARACTERS_MAX = 1_000_000;

/** Errors after which trying again is of no use: the program, its arguments or its rights would have to change. */
const NEVER_AGAIN: ReadonlySet<string> = new Set([
  "Rejected",
  "InvalidRoutine",
  "AmbiguousRoutine",
  "NoSuchRoutine",
  "NoSuchObject",
  "WrongArguments",
  "NotImplemented",
  "PermissionDenied",
  "ReadOnlyDatabase",
  "CorruptDatabase",
  "NotADatabase",
  "CatalogVersion",
  "Cancelled",
]);

/** What a task needs of a session. */
export type TaskSession = Pick<Session, "serve" | "call" | "execute">;

/** Does a task on a session, start to end. Never throws: what goes wrong is the outcome, bugs of ours included. */
export function doTask(session: TaskSession, task: Task, clock: RunClock, onLog: (line: LogLine) => void): TaskOutcome {
  const startedMs = clock.monotonicMs();
  const log = (level: LogLine["level"], message: string): void => onLog({ at: clock.nowMs(), level, message });
  const options: ServeOptions = {
    runId: task.run.id,
    output: { print: (text) => log("info", text), log, notice: (text) => log("info", text) },
    limits: task.limits,
    beforeCommit: (connection) => markDone(connection, task, clock),
  };
  try {
    const outcome = session.serve(options, () => call(session, task));
    if (outcome.kind === "returned")
      return {
        kind: "completed",
        value: resultOf(outcome),
        metrics: { duration_ms: Math.round(clock.monotonicMs() - startedMs) },
      };
    if (outcome.kind === "failed") return failed(outcome.error);
    const problem = outcome.problems.find((each) => each.severity === "error");
    return failure("Rejected", `The program has errors: ${problem?.code ?? ""} ${problem?.message ?? ""}`, undefined);
  } catch (error) {
    if (error instanceof Trap) return failed(error.value);
    if (error instanceof EngineError) return failed(errorValueOf(error));
    return crashed(error);
  }
}

/** Delivers due firings of asynchronous triggers. True: more are due. Trouble of the database is told; what was not delivered stays for the next time. */
export function deliver(session: Session, onTrouble: (message: string) => void): boolean {
  try {
    return session.deliverTriggers().more;
  } catch (error) {
    if (!(error instanceof Trap) && !(error instanceof EngineError)) throw error;
    onTrouble(error.message);
    return false;
  }
}

function markDone(connection: Connection, task: Task, clock: RunClock): void {
  const { run, attempt, step } = task;
  if (run.instanceId === undefined || run.fencing === undefined) return;
  const owner = { runId: run.id, instanceId: run.instanceId, fencing: run.fencing };
  const input = { owner, attempt, at: clock.nowMs() };
  const owned =
    step === undefined
      ? writeNow(connection, "commitAttempt", input)
      : writeNow(connection, "commitStep", { ...input, stepNo: step });
  if (!owned) throw limitTrap("Cancelled", `Run ${run.id} belongs to another process by now; its work was undone.`);
}

function call(session: TaskSession, task: Task): CallOutcome {
  const { target, args } = task.run;
  const values = valuesOf(args);
  switch (target.kind) {
    // The body of a schedule is stored as a procedure of its own.
    case "inline":
    case "procedure":
    case "function":
      return session.call(target.version === undefined ? target.name : `${target.name}@${target.version}`, values);
    case "expression":
      return evaluated(session, target, values);
    case "pipeline":
      return { kind: "failed", error: missing(`Pipeline ${target.name} cannot run as one task.`) };
  }
}

function missing(message: string): ErrorValue {
  return errorValueOf(new EngineError(message, { kind: "noSuchTable", code: "GOBI_NO_OBJECT" }));
}

/** Arguments by name; data that is no object counts as none. */
function valuesOf(args: ConfigValue): Readonly<Record<string, Value>> {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return {};
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(data: ConfigValue): Value {
  return parseJson(JSON.stringify(data)).value ?? null;
}

/** Names under which the values of an expression come in before they get their types. */
const GIVEN = "gobi_given_";

/** The value of an expression over the arguments. A script of its own: nothing of it is stored, and its names end with it. */
function evaluated(session: TaskSession, target: RunTarget, values: Readonly<Record<string, Value>>): CallOutcome {
  const lines: string[] = [];
  const given: Record<string, Value> = {};
  for (const [index, [name, value]] of Object.entries(values).entries()) {
    const type = target.types?.[name];
    if (type === undefined || value === null || typeof value === "object") given[name] = value;
    else {
      given[`${GIVEN}${index}`] = value;
      lines.push(`let ${quoted(name)}: ${type}? = ${quoted(`${GIVEN}${index}`)} :: ${type};`);
    }
  }
  let found: CallOutcome = { kind: "returned", value: null, type: "any", emitted: [] };
  const outcome = session.execute(
    { name: "expression", text: [...lines, `(${target.name}\n)`].join("\n") },
    {
      args: given,
      values: true,
      onResult: ({ result }) => {
        if (result.kind === "value") found = { kind: "returned", value: result.value, type: result.type, emitted: [] };
        else if (result.kind === "table") found = { kind: "returned", value: result.table, type: "table", emitted: [] };
      },
    },
  );
  switch (outcome.kind) {
    case "completed":
      return found;
    case "rejected":
      return outcome;
    case "failed":
      return { kind: "failed", error: outcome.error };
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** What a call gave: its value, or the tables that it emitted. */
function resultOf(outcome: Extract<CallOutcome, { kind: "returned" }>): ConfigValue {
  const { value, emitted } = outcome;
  const text =
    value === null && emitted.length > 0 ? `[${emitted.map((table) => jsonText(table)).join(",")}]` : jsonText(value);
  if (text.length > RESULT_CHARACTERS_MAX) return { truncated: true, characters: text.length };
  return JSON.parse(text) as ConfigValue;
}

function failed(error: ErrorValue): TaskOutcome {
  const stack = error.stack
    .map((frame) => `at ${frame.routine} (${frame.file}:${frame.line}:${frame.column})`)
    .join("\n");
  return failure(error.code, error.message, stack === "" ? undefined : stack);
}

function failure(code: string, message: string, stack: string | undefined): TaskOutcome {
  return { kind: "failed", code, message, stack, retryable: !NEVER_AGAIN.has(code) };
}

/** A bug of ours ends this run only; its stack goes to the run's log. */
export function crashed(error: unknown): TaskOutcome {
  const known = error instanceof Error ? error : undefined;
  return {
    kind: "failed",
    code: "InternalError",
    message: known?.message ?? String(error),
    stack: known?.stack,
    retryable: false,
  };
}
