// What the parts of the trigger machinery know of each other: a trigger that is ready to fire, the triggers of one table in firing order,
// and the registry that has them. The registry (registry.ts) reads, compiles and binds; firing (fire.ts) runs statements through them.
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import type { LoadedRoutine } from "../../vm/load.ts";

/** What happens to a row. `upsert` fires in addition to insert or update. */
export type TriggerEvent = "insert" | "update" | "delete" | "upsert";

/** When a trigger fires, relative to the write. */
export type TriggerTiming = "before" | "after" | "instead of";

/**
 * How a trigger fires (ARCHITECTURE.md section 6). `native`: stored in the database file and fired by the engine, for other programs too.
 * `captured`: the engine hands OLD and NEW over, bodies run after the statement. `managed`: the statement is done row by row by us.
 */
export type TriggerWay = "native" | "captured" | "managed";

/** One trigger, compiled and bound. */
export interface ReadyTrigger {
  readonly id: string;
  readonly name: string;
  readonly timing: TriggerTiming;
  /** `columns` (folded): only an update of one of them fires; empty: any. */
  readonly events: readonly { readonly event: TriggerEvent; readonly columns: readonly string[] }[];
  readonly each: "row" | "statement";
  readonly table: string;
  /** The fastest way that is right for this trigger on its own; a statement may need a slower one. */
  readonly way: TriggerWay;
  /** Takes what the body takes, gives a bool; null counts as false. */
  readonly when: LoadedRoutine | undefined;
  /**
   * Row triggers take (NEW, OLD), each a struct in the table's column order or null, and give NEW back: changed by BEFORE and INSTEAD OF bodies, null for `skip`.
   * For a delete, where NEW is null, they give OLD back.
   * Statement triggers take (inserted, deleted) as tables; what they give is not looked at.
   */
  readonly body: LoadedRoutine;
  /** `log`: an error of an AFTER body undoes only that body's writes and goes to the log. */
  readonly onError: "abort" | "log";
  /** Set when the body runs after the commit as a run of its own, from the outbox that the statement's transaction writes. */
  readonly outbox: { readonly retries: number; readonly key: readonly string[] } | undefined;
  /** Firings of triggers inside each other before TriggerDepth is raised. */
  readonly maxDepth: number;
  /** False: it does not fire while it is running already. */
  readonly recursive: boolean;
}

/** The enabled triggers of a table, in firing order (`order`, then creation). */
export interface TableTriggers {
  readonly table: string;
  readonly triggers: readonly ReadyTrigger[];
}

/** The triggers of a session's database. */
export interface TriggerRegistry {
  /** Undefined when no trigger of ours is enabled on the table: its statements then go to the engine as they are. Names in any case. @throws Trap InvalidRoutine. */
  of(schema: string | undefined, table: string): TableTriggers | undefined;
  /** True when `of` would give undefined for every table. */
  empty(): boolean;
  /** Moves when answers may differ. */
  generation(): number;
  /** Puts a firing of a trigger with `outbox` into the outbox, in the running transaction: what the body is to be called with. @throws Trap. */
  enqueue(trigger: ReadyTrigger, event: TriggerEvent, args: readonly [Value, Value]): void;
  /** Whether a statement must run without the engine's own triggers that stand for ours: it reads what they write, or the session switched one off. */
  mustBeApart(form: SqlForm): boolean;
  /** Runs work while those are out of the file and fired by us instead. Inside a transaction. */
  apart<T>(work: () => T): T;
  /** To be called before DDL; gives what is to be called after it (GR-71), undefined when DDL touches no trigger. @throws Trap DependentObjects. */
  watchSchema(): (() => void) | undefined;
  /** Firing tells what happened, for system.trigger_stats; written with the session's next commit. */
  count(
    trigger: ReadyTrigger,
    what: {
      readonly fired: number;
      readonly skipped: number;
      readonly failed: number;
      readonly rows: number;
      readonly ms: number;
    },
  ): void;
}
