// Calls WHEN and bodies of triggers: depth and re-entry, `on_error: 'log'` with a savepoint of its own, the outbox of asynchronous ones, and the counts of a statement.
import { InternalError } from "../../base/failure.ts";
import { LIMITS } from "../../base/limits.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import { TableValue, type Value } from "../../base/value/value.ts";
import { limitTrap, Trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import { type BodyInsert, type RowColumn, shapeOfBody } from "./body-shape.ts";
import type { BulkInserts } from "./bulk-inserts.ts";
import type { ReadyTrigger, TriggerEvent, TriggerRegistry } from "./types.ts";

/** What calling bodies needs from the session. */
export interface BodyWorld {
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Many calls in a row; see Machine.series. */
  series<T>(work: (call: BodyWorld["call"]) => T): T;
  savepoint(): number;
  release(token: number): void;
  rollbackTo(token: number): void;
  log(text: string): void;
  elapsedMs(): number;
  registry(): TriggerRegistry;
  /** Runs a statement of a body, with the triggers that it fires. @throws Trap. */
  execute(form: SqlForm, parameters: readonly Value[]): void;
  /** Inserts of AFTER ROW bodies that are kept back. */
  readonly bulk: BulkInserts;
}

/** What happened to one trigger during a statement, and its code: asked for once. */
interface Count {
  readonly body: LoadedRoutine | undefined;
  readonly when: LoadedRoutine | undefined;
  /** Inserts of the body may wait. */
  readonly waits: boolean;
  fired: number;
  skipped: number;
  failed: number;
  rows: number;
  ms: number;
}

/** The counts of one statement. */
export type Counts = Map<ReadyTrigger, Count>;

/** Given for a body that was not called: WHEN was not true, or the trigger runs already and is not recursive. */
export const NOT_FIRED: unique symbol = Symbol("not fired");

/** Calls bodies on one session. */
export interface Bodies {
  /** Calls WHEN and the body. Gives what the body gives, or NOT_FIRED. @throws Trap of the body; TriggerDepth. */
  fire(
    trigger: ReadyTrigger,
    event: TriggerEvent,
    args: readonly [Value, Value],
    counts: Counts,
  ): Value | typeof NOT_FIRED;
  /**
   * For a statement of many rows: calls a body that does nothing but compute, as `fire` would. Undefined when something stands before each call: WHEN, an outbox, depth.
   * Good within `rows`. What it gives throws Trap of the body.
   */
  caller(trigger: ReadyTrigger, event: TriggerEvent, counts: Counts): ((now: Value) => Value) | undefined;
  /**
   * Fires a body that is only INSERTs of the row's columns without calling it: false when it is none, or may not be done so here.
   * `valueOf` gives the columns of the row. @throws Trap.
   */
  fireInserts(trigger: ReadyTrigger, counts: Counts, valueOf: (column: RowColumn) => Value): boolean;
  /** Runs the body of a trigger of the engine that we fire. @throws Trap; TriggerDepth. */
  within<T>(name: string, work: () => T): T;
  /** See BulkInserts.holding. */
  holding<T>(letGo: () => void, work: () => T): T;
  /** Runs work that fires triggers for many rows. */
  rows<T>(timing: "before" | "after", work: () => T): T;
  /** Tells the registry what a statement's triggers did. */
  report(counts: Counts): void;
}

function countOf(counts: Counts, trigger: ReadyTrigger): Count {
  let count = counts.get(trigger);
  if (count === undefined) {
    const { when, outbox } = trigger;
    // What goes into the outbox has no code here.
    const body = outbox === undefined ? trigger.body : undefined;
    const waits = body !== undefined && letsInsertsWait(trigger, body);
    count = { body, when, waits, fired: 0, skipped: 0, failed: 0, rows: 0, ms: 0 };
    counts.set(trigger, count);
  }
  return count;
}

/** Firings of one statement that are timed each; later ones are sampled, because the clock costs as much as a small body. */
const TIMED_EACH = 16;
const TIMED_ONE_IN = 64;

/** How many firings the next one stands for in time; 0: it is not timed. */
function weightOf({ fired, skipped }: Count): number {
  const number = fired + skipped;
  return number < TIMED_EACH ? 1 : number % TIMED_ONE_IN === 0 ? TIMED_ONE_IN : 0;
}

/** A trigger that runs. */
type Running = Pick<ReadyTrigger, "name" | "maxDepth">;

function tooDeep(running: readonly Running[], trigger: Running): Trap {
  const chain = [...running, trigger].map(({ name }) => name).join(" → ");
  return limitTrap("TriggerDepth", `Triggers fire each other more than ${trigger.maxDepth} levels deep: ${chain}.`);
}

// What a body prints or starts must not be seen when an insert before it fails.
function letsInsertsWait({ onError, timing, each }: ReadyTrigger, body: LoadedRoutine): boolean {
  return (
    timing === "after" &&
    each === "row" &&
    onError === "abort" &&
    body.code.effects.every(
      (effect) => effect === "read" || effect === "write" || effect === "clock" || effect === "random",
    )
  );
}

const insertsOfTrigger = new WeakMap<ReadyTrigger, readonly BodyInsert[] | null>();

/** The INSERTs that the whole body is, when it may be done without the machine. */
function plainInserts(trigger: ReadyTrigger): readonly BodyInsert[] | undefined {
  let known = insertsOfTrigger.get(trigger);
  if (known === undefined) {
    const { when, outbox } = trigger;
    const body = when === undefined && outbox === undefined ? trigger.body : undefined;
    const simple = body !== undefined && letsInsertsWait(trigger, body);
    known = (simple ? shapeOfBody(body).inserts : undefined) ?? null;
    insertsOfTrigger.set(trigger, known);
  }
  return known ?? undefined;
}

/** Bodies of a session; knows which are running. */
export function makeBodies(world: BodyWorld): Bodies {
  const running: Running[] = [];
  // The cheaper call of the rows that are being worked on; no body may be running then.
  let direct: BodyWorld["call"] | undefined;
  const callRoutine = (routine: LoadedRoutine, args: readonly Value[]): Value => {
    const mine = direct;
    if (mine === undefined) return world.call(routine, args);
    direct = undefined;
    try {
      return mine(routine, args);
    } finally {
      direct = mine;
    }
  };
  const call = (trigger: ReadyTrigger, count: Count, args: readonly Value[]): Value => {
    const { body } = count;
    if (body === undefined) throw new InternalError(`trigger ${trigger.name} has no body to call`);
    if (running.length >= trigger.maxDepth) throw tooDeep(running, trigger);
    running.push(trigger);
    const before = world.bulk.allow(count.waits);
    try {
      return callRoutine(body, args);
    } finally {
      world.bulk.allow(before);
      running.pop();
    }
  };
  const executeWithin = (trigger: ReadyTrigger, form: SqlForm, values: readonly Value[]): void => {
    running.push(trigger);
    try {
      world.execute(form, values);
    } finally {
      running.pop();
    }
  };
  /** An error takes back what the body did and no more. */
  const callLogged = (trigger: ReadyTrigger, args: readonly Value[], count: Count): Value => {
    const token = world.savepoint();
    try {
      const value = call(trigger, count, args);
      world.release(token);
      return value;
    } catch (error) {
      if (!(error instanceof Trap) || error.uncatchable) throw error;
      world.rollbackTo(token);
      count.failed += 1;
      world.log(`Trigger ${trigger.name} failed: ${error.value.code}: ${error.value.message}`);
      return null;
    }
  };
  const fire: Bodies["fire"] = (trigger, event, args, counts) => {
    const count = countOf(counts, trigger);
    if (!trigger.recursive && running.includes(trigger)) return NOT_FIRED;
    const [first, second] = args;
    count.rows +=
      first instanceof TableValue ? Math.max(first.length, second instanceof TableValue ? second.length : 0) : 1;
    const weight = weightOf(count);
    const started = weight === 0 ? 0 : world.elapsedMs();
    try {
      if (count.when !== undefined && callRoutine(count.when, args) !== true) {
        count.skipped += 1;
        return NOT_FIRED;
      }
      count.fired += 1;
      if (trigger.outbox !== undefined) {
        world.registry().enqueue(trigger, event, args);
        return null;
      }
      return trigger.onError === "log" && trigger.timing === "after"
        ? callLogged(trigger, args, count)
        : call(trigger, count, args);
    } catch (error) {
      count.failed += 1;
      throw error;
    } finally {
      if (weight > 0) count.ms += (world.elapsedMs() - started) * weight;
    }
  };
  return {
    fire,
    caller: (trigger, event, counts) => {
      const count = countOf(counts, trigger);
      const { body, when } = count;
      const series = direct;
      const isFree = when === undefined && running.length < trigger.maxDepth && !running.includes(trigger);
      if (body === undefined || series === undefined || !isFree) return undefined;
      // The machine copies what it is given.
      const args: [Value, Value] = [null, null];
      return (now) => {
        args[0] = now;
        if (weightOf(count) > 0) {
          const given = fire(trigger, event, args, counts);
          return given === NOT_FIRED ? null : given;
        }
        count.rows += 1;
        count.fired += 1;
        try {
          return series(body, args);
        } catch (error) {
          count.failed += 1;
          throw error;
        }
      };
    },
    fireInserts: (trigger, counts, valueOf) => {
      const inserts = plainInserts(trigger);
      if (inserts === undefined) return false;
      if (running.length >= trigger.maxDepth) throw tooDeep(running, trigger);
      const count = countOf(counts, trigger);
      if (!trigger.recursive && running.includes(trigger)) return true;
      const weight = weightOf(count);
      const started = weight === 0 ? 0 : world.elapsedMs();
      count.rows += 1;
      count.fired += 1;
      const before = world.bulk.allow(true);
      try {
        for (const { form, parameters } of inserts) {
          const waiting = world.bulk.again(form);
          const values = waiting ?? [];
          for (const from of parameters) values.push(from.row === "constant" ? from.value : valueOf(from));
          if (waiting !== undefined) world.bulk.added();
          else executeWithin(trigger, form, values);
        }
      } catch (error) {
        count.failed += 1;
        throw error;
      } finally {
        world.bulk.allow(before);
        if (weight > 0) count.ms += (world.elapsedMs() - started) * weight;
      }
      return true;
    },
    within: (name, work) => {
      const trigger = { name, maxDepth: LIMITS.triggerDepthMax.value };
      if (running.length >= trigger.maxDepth) throw tooDeep(running, trigger);
      const outer = direct;
      direct = undefined;
      running.push(trigger);
      const before = world.bulk.allow(false);
      try {
        return work();
      } finally {
        world.bulk.allow(before);
        running.pop();
        direct = outer;
      }
    },
    holding: (letGo, work) => world.bulk.holding(letGo, work),
    rows: (timing, work) =>
      world.series((call) => {
        const outer = direct;
        direct = call;
        try {
          return timing === "after" ? world.bulk.during(work) : work();
        } finally {
          direct = outer;
        }
      }),
    report: (counts) => {
      for (const [trigger, { fired, skipped, failed, rows, ms }] of counts)
        world.registry().count(trigger, { fired, skipped, failed, rows, ms });
    },
  };
}
