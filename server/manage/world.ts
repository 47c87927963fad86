// What management statements need from the session, and small readers for the fields of a statement's form.
import type { AttachedGobi } from "../attached/attached-gobi.ts";
import { trap } from "../../bytecode/trap.ts";
import { InternalError } from "../../base/failure.ts";
import { SCALARS, type ScalarName } from "../../base/scalar.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Column } from "../../base/value/column.ts";
import { kindOf } from "../../base/value/kind.ts";
import { Shape, TableValue, type Value } from "../../base/value/value.ts";

import type { Effects } from "../../compiler/effects/effects.ts";
import type { Connection } from "../../storage/engine.ts";
import type { ManagementForm, RoutineReference } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { RoutineFacts, StoredRoutine } from "../catalog/routines.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import type { Job } from "../host/jobs.ts";
import type { ProfiledSourceLine } from "../running/profile.ts";
import type { Authority } from "../security/types.ts";
import type { OutputSink, SessionGrants } from "../session-types.ts";
import type { Transactions } from "../sql/transactions.ts";
import type { HandFired, HandFiring } from "../triggers/by-hand.ts";
import type { PlannedFiring } from "../triggers/firing-plan.ts";
import type { SessionTriggers } from "../triggers/session-triggers.ts";

/** The session as management statements see it. */
export interface ManageWorld {
  readonly connection: Connection;
  readonly place: CatalogPlace;
  readonly transactions: Transactions;
  readonly output: OutputSink;
  readonly grants: SessionGrants;
  /** True for sessions of the daemon, which knows of the others. */
  readonly inDaemon: boolean;
  readonly sessionId: string;
  /** Whom the session acts for; undefined: one owner, who is asked nothing. */
  readonly authority: Authority | undefined;
  readonly startedMicros: number;
  /** True while a procedure runs: statements that belong to scripts are refused. */
  insideRoutine(): boolean;
  /** The session is set otherwise than it began: it is not the same for the next who would use it. */
  adjusted(): void;
  schemaChanged(): void;
  /** True when something was ever stored in this database. */
  hasCatalog(): boolean;
  /** Stored triggers, with what they are bound to, and their switches of this session. */
  readonly triggers: Pick<SessionTriggers, "all" | "follow" | "isOn" | "of" | "switchForSession" | "sync">;
  /** Fires one trigger for rows that are given. @throws Trap. */
  fireByHand(firing: HandFiring): HandFired;
  /** What a statement would fire, in order. */
  plan(form: SqlForm, parameters: readonly Value[]): readonly PlannedFiring[];
  jobs(): readonly Job[];
  /** Cancels an asynchronous call of this session that has not begun; false: there is none of that id. */
  cancelJob(id: string): boolean;
  /** Runs that the statement has asked for: after its commit they start, here or where the schedules are run. */
  runsAsked(runIds: readonly string[]): void;
  /** Names of the tests that the session has seen. */
  tests(): readonly string[];
  /** The daemon of this machine, attached or not. */
  readonly gobi: AttachedGobi;
  /** The doc comment of a stored routine's text. */
  docOf(routine: StoredRoutine): string | undefined;
  /** Checks and compiles a stored text anew. @throws Trap when it no longer fits. */
  compileStored(routine: StoredRoutine): RoutineFacts;
  /** Stores a pipeline from an earlier text, as a new version. @throws Trap InvalidRoutine when it no longer fits; PermissionDenied. */
  storePipelineAgain(name: string, text: string): void;
  /** A routine ready to run, stored or declared by the script. @throws Trap NoSuchRoutine. */
  routine(name: string, receiver: string | undefined, version: number | undefined): LoadedRoutine;
  effectsOf(name: string, receiver: string | undefined, version: number | undefined): Effects | undefined;
  disassemble(routine: LoadedRoutine): string;
  /** Calls a stored routine with its lines watched; `args` in parameter order, null for a default. @throws Trap of the call. */
  profileCall(reference: RoutineReference, args: readonly Value[]): readonly ProfiledSourceLine[];
  /** True while a test runs. */
  insideTest(): boolean;
  /** Sets the clock that programs see; undefined gives it back to the session. For tests. */
  setClock(value: Value | undefined): void;
  nowMicros(): number;
  /** An absolute path for a file name that a program gave. */
  resolvePath(name: string): string;
}

/** One management statement carried out. Gives a table for statements that show something, else null. */
export type ManageVerb = (world: ManageWorld, form: ManagementForm, args: readonly Value[]) => Value;

/** A text field of a form. */
export function textField(form: ManagementForm, field: string): string {
  const value = form[field];
  if (typeof value !== "string") throw new InternalError(`manage ${form.verb}: field ${field} is missing`);
  return value;
}

/** A text field that may be missing. */
export function optionalText(form: ManagementForm, field: string): string | undefined {
  const value = form[field];
  return typeof value === "string" ? value : undefined;
}

/** A whole number that may be missing. */
export function optionalNumber(form: ManagementForm, field: string): number | undefined {
  const value = form[field];
  return typeof value === "number" ? value : undefined;
}

/** The argument whose number stands in a field, undefined when the field is missing. */
export function argumentOf(form: ManagementForm, args: readonly Value[], field: string): Value | undefined {
  const index = optionalNumber(form, field);
  return index === undefined ? undefined : (args[index] ?? null);
}

/** A text argument. @throws Trap InvalidCast when it is null or no text. */
export function textArgument(form: ManagementForm, args: readonly Value[], field: string, what: string): string {
  const value = argumentOf(form, args, field);
  if (typeof value !== "string" || value === "") throw trap("InvalidCast", `${what} must be a text that is not empty.`);
  return value;
}

/** The last part of a name as written (`main.t` gives `t`); what stands in backticks is one part. */
export function shortName(name: string): string {
  if (name.length > 1 && name.startsWith("`") && name.endsWith("`")) return name.slice(1, -1);
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A table value of rows. */
export function tableFromRows(names: readonly string[], rows: readonly (readonly Value[])[]): TableValue {
  const columns = names.map((_, column): Column => {
    const data = rows.map((row) => row[column] ?? null);
    return { kind: "values", type: typeOfColumn(data), data, nulls: undefined };
  });
  return new TableValue(new Shape("", names), columns, rows.length);
}

/** The one scalar type of all values, else any. */
function typeOfColumn(data: readonly Value[]): ScalarName | "any" {
  const kinds = new Set(data.filter((value) => value !== null).map(kindOf));
  const [kind] = kinds;
  return kinds.size === 1 && kind !== undefined && Object.hasOwn(SCALARS, kind) ? (kind as ScalarName) : "any";
}

/** The error for a name that stands for nothing. */
export function noSuchObject(what: string, name: string): never {
  const code =
    what === "procedure" || what === "function"
      ? "NoSuchRoutine"
      : what === "table" || what === "view"
        ? "NoSuchTable"
        : "NoSuchObject";
  throw trap(code, `There is no ${what} named ${name}.`);
}
