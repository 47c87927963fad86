// Calls from clients by name: `p`, `p@2`, positional or named arguments, one transaction.
import { HandleValue, type TableValue, type Value } from "../../base/value/value.ts";
import { kindOf } from "../../base/value/kind.ts";
import type { ParameterRow } from "../../bytecode/program.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import { EngineError } from "../../storage/engine.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { CallOutcome } from "../session-types.ts";
import { errorValueOf } from "../sql/engine-errors.ts";
import { parametersText } from "../sql/given-arguments.ts";
import type { SessionCore } from "./core.ts";
import { forwardPlace } from "./execute.ts";
import { forwardCall } from "./forward-item.ts";
import { accessOf } from "./runtime.ts";
import type { RoutineReference } from "../../vm/host.ts";

const REFERENCE = /^(?:(.+)\.)?([^.@]+)(?:@(\d+))?$/;

/** `Person.full_name@2` as receiver, name, version. @throws Trap NoSuchRoutine for text of another form. */
export function parseReference(text: string): RoutineReference {
  const match = REFERENCE.exec(text.trim());
  if (match === null) throw trap("NoSuchRoutine", `There is no procedure or function named ${text}.`);
  return { receiver: match[1], name: match[2] ?? "", version: match[3] === undefined ? undefined : Number(match[3]) };
}

function wrongArguments(routine: LoadedRoutine, found: number): never {
  const { parameters, name } = routine.code;
  const needed = parameters.filter((parameter) => !mayBeLeftOut(parameter)).length;
  const expected = needed === parameters.length ? String(needed) : `${needed} to ${parameters.length}`;
  throw trap(
    "WrongArguments",
    `${name} takes ${expected} ${expected === "1" ? "argument" : "arguments"}, found ${found}.`,
  );
}

/** A client has no variable for an out parameter: what is given for it does not matter. */
function mayBeLeftOut({ optional, mode }: ParameterRow): boolean {
  return optional || mode === "out";
}

/** Arguments in parameter order; out parameters may be left out, by position all of them. @throws Trap WrongArguments. */
export function orderArguments(
  routine: LoadedRoutine,
  args: readonly Value[] | Readonly<Record<string, Value>>,
): readonly Value[] {
  const { parameters, name } = routine.code;
  if (Array.isArray(args)) {
    const list = args as readonly Value[];
    const needed = parameters.filter((parameter) => !mayBeLeftOut(parameter)).length;
    if (list.length > parameters.length || list.length < needed) wrongArguments(routine, list.length);
    if (list.length === parameters.length) return list;
    const values = list.values();
    return parameters.map((parameter) => (parameter.mode === "out" ? null : (values.next().value ?? null)));
  }
  const names = parameters.map((parameter) => parameter.name);
  const byName = new Map(Object.entries(args).map(([key, value]) => [key.toLowerCase(), value as Value]));
  const unknown = Object.keys(args).find((key) => !names.some((each) => each.toLowerCase() === key.toLowerCase()));
  if (unknown !== undefined)
    throw trap("WrongArguments", `${name} has no parameter named ${unknown}; ${parametersText(names)}.`);
  return parameters.map((parameter) => {
    const key = parameter.name.toLowerCase();
    if (!byName.has(key) && !mayBeLeftOut(parameter))
      throw trap("WrongArguments", `${name} needs a value for ${parameter.name}.`);
    return byName.get(key) ?? null;
  });
}

/** What a name stands for, while the catalog is as it was. */
interface Callee {
  readonly generation: number;
  readonly reference: RoutineReference;
  readonly routine: LoadedRoutine;
  /** The declared type of its result; any: the value tells. */
  readonly type: string;
}

/** Names that were called, by session; a client calls few of them many times. */
const callees = new WeakMap<SessionCore, Map<string, Callee>>();
const CALLEES_MAX = 500;

/** The routine of a name, which the session may call. @throws Trap NoSuchRoutine, PermissionDenied. */
function calleeOf(core: SessionCore, name: string): Callee {
  const authority = core.runtime.authority();
  authority?.refresh();
  let known = callees.get(core);
  if (known === undefined) callees.set(core, (known = new Map()));
  const found = known.get(name);
  const { generation } = core.catalog;
  if (found !== undefined && found.generation === generation) {
    authority?.demandCall(found.reference);
    return found;
  }
  const reference = parseReference(name);
  authority?.demandCall(reference);
  const routine = core.programs.resolve(reference);
  const stored = core.catalog
    .routines(reference.name)
    .find((candidate) => reference.receiver === undefined || candidate.receiver === reference.receiver);
  const callee: Callee = { generation, reference, routine, type: stored?.returnType ?? "any" };
  if (known.size >= CALLEES_MAX) known.clear();
  known.set(name, callee);
  return callee;
}

function resultType({ type }: Callee, value: Value): string {
  return type === "any" ? kindOf(value) : type;
}

/** A call by name; see Session.call. */
export function callByName(
  core: SessionCore,
  name: string,
  args: readonly Value[] | Readonly<Record<string, Value>>,
): CallOutcome {
  const { runtime } = core;
  try {
    core.begin();
    const there = core.gobi.alias === undefined ? undefined : forwardCall(forwardPlace(core), name, args);
    if (there !== undefined) return there;
    const callee = calleeOf(core, name);
    const { routine } = callee;
    const ordered = orderArguments(routine, args);
    const value = runtime.outermost({ access: accessOf(routine), keepJobs: false }, () => {
      const returned = runtime.machine.call(routine, ordered);
      return returned instanceof HandleValue ? runtime.jobs.await(returned) : returned;
    });
    const emitted: readonly TableValue[] = runtime.takeEmitted();
    return { kind: "returned", value, type: resultType(callee, value), emitted };
  } catch (error) {
    runtime.takeEmitted();
    if (error instanceof Trap) return { kind: "failed", error: error.value };
    if (error instanceof EngineError) return { kind: "failed", error: errorValueOf(error) };
    throw error;
  }
}
