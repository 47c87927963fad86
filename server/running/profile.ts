// Runs a call with its lines watched: the routine and those that it calls by name are compiled for coverage and run on a machine of their own beside the session's,
// whose host tells the profile when a statement works outside. What the call does is done: it is a call.
import { required } from "../../base/failure.ts";
import { HandleValue, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { Host, RoutineReference } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { Machine, Position } from "../../vm/machine.ts";
import { createProfile, type Profile, type ProfiledLine } from "../../vm/profile.ts";
import { orderArguments } from "./call.ts";
import type { SessionCore } from "./core.ts";

/** A line of a profile with its text. */
export interface ProfiledSourceLine extends ProfiledLine {
  readonly text: string;
}

/** Profiles a call of a stored routine; `args` in parameter order, null for a default. @throws Trap of the call; everything it did is undone then. */
export function profileCall(
  core: SessionCore,
  reference: RoutineReference,
  args: readonly Value[],
): readonly ProfiledSourceLine[] {
  const { runtime } = core;
  let machine: Machine | undefined;
  const running = (): Machine => required(machine, "the machine of a profile");
  const profile = createProfile(
    () => running().usage(),
    () => runtime.elapsedMs(),
  );
  const { resolve, texts } = watchedRoutines(core, profile);
  const host = watchedHost(runtime.host, profile, resolve, () => running().position());
  const routine = resolve(reference);
  const ordered = orderArguments(routine, args);
  runtime.aside(host, (aside) => {
    machine = aside;
    return inTransaction(core, () => {
      const returned = aside.call(routine, ordered);
      if (returned instanceof HandleValue) runtime.jobs.await(returned);
    });
  });
  return profile.end().map((line) => ({ ...line, text: texts.get(line.file)?.[line.line - 1]?.trim() ?? "" }));
}

/** Work as a call: all of it or nothing, and not at the top level of a script. */
function inTransaction(core: SessionCore, work: () => void): void {
  const { transactions } = core.runtime;
  const { direct } = core;
  core.direct = false;
  const token = transactions.savepoint();
  try {
    work();
    transactions.release(token);
  } catch (error) {
    if (error instanceof Trap) transactions.rollbackTo(token);
    throw error;
  } finally {
    core.direct = direct;
  }
}

/** Routines compiled for the profile, each once, and the lines of their texts by file name. */
function watchedRoutines(
  core: SessionCore,
  profile: Profile,
): {
  readonly resolve: (reference: RoutineReference) => LoadedRoutine;
  readonly texts: ReadonlyMap<string, readonly string[]>;
} {
  const known = new Map<string, LoadedRoutine>();
  const texts = new Map<string, readonly string[]>();
  return {
    texts,
    resolve: (reference) => {
      const key = `${reference.receiver ?? ""}.${reference.name}@${reference.version ?? ""}`.toLowerCase();
      const before = known.get(key);
      if (before !== undefined) return before;
      const { routine, file } = core.programs.watched(reference);
      profile.watch(routine.owner);
      texts.set(file.name, file.text.split("\n"));
      known.set(key, routine);
      return routine;
    },
  };
}

/** The session's host, with its work told to the profile. */
function watchedHost(
  host: Host,
  profile: Profile,
  resolve: (reference: RoutineReference) => LoadedRoutine,
  position: () => Position,
): Host {
  const told = <T>(work: () => T, changed?: (result: T) => number): T => profile.host(position(), work, changed);
  const changes = (result: { readonly changes: number; readonly rows: unknown }): number =>
    result.rows === undefined ? result.changes : 0;
  return {
    query: (form, parameters) => {
      const rows = told(() => host.query(form, parameters));
      return { names: rows.names, next: () => told(() => rows.next()), close: () => rows.close() };
    },
    execute: (form, parameters) => told(() => host.execute(form, parameters), changes),
    executeText: (sql, names, parameters) => told(() => host.executeText(sql, names, parameters), changes),
    savepoint: () => told(() => host.savepoint()),
    release: (token) => told(() => host.release(token)),
    rollbackTo: (token) => told(() => host.rollbackTo(token)),
    beginAutonomous: () => told(() => host.beginAutonomous()),
    endAutonomous: (token, outcome) => told(() => host.endAutonomous(token, outcome)),
    // No epoch: what a name means is asked each time, so that no call is bound to a watched routine for longer than the profile.
    resolve: (reference) => resolve(reference),
    startAsync: (routine, args, options) => told(() => host.startAsync(routine, args, options)),
    await: (handle) => told(() => host.await(handle)),
    manage: (statement, args) => told(() => host.manage(statement, args)),
    print: (text) => told(() => host.print(text)),
    log: (level, text) => told(() => host.log(level, text)),
    emit: (rows) => told(() => host.emit(rows)),
    nowMicros: () => host.nowMicros(),
    random: () => host.random(),
  };
}
