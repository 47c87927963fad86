// Fires one trigger by hand (RUN TRIGGER): its WHEN and its body, for rows that somebody gives. The rows themselves are not written and no other trigger of the
// table fires for them; what the body writes is written, with the triggers that it fires. What is asynchronous runs at once here, so that one sees what it does.
import { CAST_FAILED, castValue } from "../../base/value/cast.ts";
import type { Column } from "../../base/value/column.ts";
import { valueOfJson } from "../../base/value/json.ts";
import { printValue } from "../../base/value/print.ts";
import { Json, ListValue, MapValue, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { emptyTable } from "./after.ts";
import { type Bodies, type Counts, NOT_FIRED } from "./bodies.ts";
import { fireEngineTrigger } from "./engine-fire.ts";
import type { EngineTrigger } from "./engine-trigger.ts";
import { generatedValue } from "./engine-values.ts";
import type { FiringTable, RowEvent } from "./firing-table.ts";
import { formOf, joined } from "./row-forms.ts";
import { rowsOf, type RowsJob, type RowsWorld } from "./rows.ts";
import type { FiringTables } from "./tables.ts";
import type { ReadyTrigger, TriggerEvent, TriggerTiming } from "./types.ts";

/** What is to be fired, and for what. */
export interface HandFiring {
  readonly schema: string | undefined;
  readonly table: string;
  /** The trigger of ours, or one that was written for SQLite. */
  readonly trigger: ReadyTrigger | EngineTrigger;
  readonly event: TriggerEvent;
  /** A row by column names, or for statement triggers a list of rows; undefined: none is given. */
  readonly now: Value | undefined;
  readonly old: Value | undefined;
}

/** What came of it. `failed`: the body raised an error that `on_error: 'log'` keeps. */
export interface HandFired {
  readonly outcome: "fired" | "WHEN is not true" | "skips the row" | "failed, logged";
  /** The row as a BEFORE or INSTEAD OF body leaves it. */
  readonly row: StructValue | undefined;
}

/** What firing by hand needs of the session. */
export interface HandWorld {
  readonly rows: RowsWorld;
  readonly bodies: Bodies;
  readonly tables: FiringTables;
}

/** @throws Trap of the body; WrongArguments for rows that the table could not hold. */
export function fireByHand(world: HandWorld, firing: HandFiring): HandFired {
  const table = world.tables.find(firing.schema, firing.table);
  if (table === undefined) throw trap("NoSuchTable", `There is no table named ${firing.table}.`);
  const { trigger } = firing;
  if (!("each" in trigger)) return fireEngine(world, table, firing, trigger);
  if (table.refusal !== undefined) throw table.refusal;
  const given =
    trigger.each === "row" ? rowsGiven(world, table, firing, trigger.timing) : tablesGiven(world, table, firing);
  const counts: Counts = new Map();
  // No object spread: code of a trigger is loaded when it is asked for.
  const direct: ReadyTrigger = trigger.outbox === undefined ? trigger : atOnce(trigger);
  const value = world.bodies.fire(direct, firing.event, given, counts);
  if (value === NOT_FIRED) return { outcome: "WHEN is not true", row: undefined };
  if ([...counts.values()].some(({ failed }) => failed > 0)) return { outcome: "failed, logged", row: undefined };
  if (trigger.timing === "after" || trigger.each === "statement") return { outcome: "fired", row: undefined };
  if (value === null) return { outcome: "skips the row", row: undefined };
  const leaves = firing.event !== "delete" && value instanceof StructValue;
  return { outcome: "fired", row: leaves ? value : undefined };
}

function atOnce(trigger: ReadyTrigger): ReadyTrigger {
  const { id, name, timing, events, each, table, way, onError, maxDepth, recursive, when, body } = trigger;
  return { id, name, timing, events, each, table, way, onError, maxDepth, recursive, when, body, outbox: undefined };
}

function fireEngine(
  { rows: world, bodies, tables }: HandWorld,
  table: FiringTable,
  firing: HandFiring,
  trigger: EngineTrigger,
): HandFired {
  const [now, old] = rowsGiven({ rows: world, bodies, tables }, table, firing, trigger.timing);
  const job: RowsJob = {
    world,
    bodies,
    tables,
    counts: new Map(),
    target: table,
    form: formOf([], "other", 0, []),
    parameters: [],
    upsert: false,
    gone: new Set(),
    changes: 0,
    returned: [],
    names: [],
  };
  const fired = fireEngineTrigger(job, { table, now, old }, trigger);
  return {
    outcome: fired === "fired" ? "fired" : fired === "ignored" ? "skips the row" : "WHEN is not true",
    row: undefined,
  };
}

// --- rows ---

type Given = ReadonlyMap<string, Value>;

/** NEW and OLD as the event has them. */
function rowsGiven(
  world: HandWorld,
  table: FiringTable,
  { event, now, old }: HandFiring,
  timing: TriggerTiming,
): readonly [StructValue | null, StructValue | null] {
  const wants = SIDES[event];
  const given = { new: side("new", event, wants.now, now), old: side("old", event, wants.old, old) };
  const before =
    given.old === undefined
      ? null
      : withGenerated(
          world,
          table,
          rowOf(table, "old", given.old, () => null),
        );
  if (given.new === undefined) return [null, before];
  const defaults = before === null ? defaultsOf(world, table, given.new) : undefined;
  const rest = (slot: number): Value =>
    before === null ? (defaults?.get(slot) ?? null) : (before.slots[slot] ?? null);
  const isGenerated = (slot: number): boolean => table.table.columns[slot]?.generated === true;
  const fresh = rowOf(
    table,
    "new",
    given.new,
    (slot) => (isGenerated(slot) ? null : rest(slot)),
    before === null && timing === "before",
  );
  return [timing === "before" ? fresh : withGenerated(world, table, fresh), before];
}

/** A row whose generated columns that were not given hold what the engine would compute. */
function withGenerated({ rows }: HandWorld, table: FiringTable, row: StructValue): StructValue {
  const named = (): ReadonlyMap<string, Value> =>
    new Map(table.shape.fields.map((field, slot) => [field.toLowerCase(), row.slots[slot] ?? null]));
  table.table.columns.forEach((column, slot) => {
    if (!column.generated || (row.slots[slot] ?? null) !== null) return;
    const value = generatedValue(rows, table, named(), column.name.toLowerCase()) ?? null;
    row.slots[slot] = castTo(column, "new", value);
  });
  return row;
}

type Wants = "always" | "never" | "maybe";

/** What an event sees; an upsert sees an old row when it is an update. */
const SIDES: Readonly<Record<TriggerEvent, { readonly now: Wants; readonly old: Wants }>> = {
  insert: { now: "always", old: "never" },
  update: { now: "always", old: "always" },
  delete: { now: "never", old: "always" },
  upsert: { now: "always", old: "maybe" },
};

function side(name: "new" | "old", event: TriggerEvent, wants: Wants, value: Value | undefined): Given | undefined {
  const isGiven = value !== undefined && value !== null;
  if (isGiven && wants === "never")
    throw trap("WrongArguments", `A trigger that fires for ${event} has no ${name.toUpperCase()}; leave ${name} out.`);
  if (!isGiven && wants === "always")
    throw trap(
      "WrongArguments",
      `What fires for ${event} has ${name.toUpperCase()}: give its row, for example WITH {${name}: {id: 1}}.`,
    );
  return isGiven ? entriesOf(name, value) : undefined;
}

function entriesOf(side: string, value: Value): Given {
  const plain = value instanceof Json ? valueOfJson(value) : value;
  if (plain instanceof MapValue) return new Map([...plain.entries].map(([name, entry]) => [name.toLowerCase(), entry]));
  if (plain instanceof StructValue)
    return new Map(plain.shape.fields.map((name, slot) => [name.toLowerCase(), plain.slots[slot] ?? null]));
  throw trap(
    "WrongArguments",
    `${side} takes a row by its columns, for example {id: 1, name: 'Ann'}; found ${printValue(value)}.`,
  );
}

function rowOf(
  table: FiringTable,
  side: string,
  given: Given,
  rest: (slot: number) => Value,
  mayLack = false,
): StructValue {
  const names = new Set(table.shape.fields.map((field) => field.toLowerCase()));
  const unknown = [...given.keys()].filter((name) => !names.has(name));
  if (unknown.length > 0)
    throw trap(
      "NoSuchColumn",
      `${table.table.name} has no column ${unknown.join(", ")}; it has ${table.shape.fields.join(", ")}.`,
    );
  const slots = table.table.columns.map((column, slot): Value => {
    const wanted = given.get(column.name.toLowerCase());
    const value = castTo(column, side, wanted === undefined ? rest(slot) : wanted);
    const isKey = column.name.toLowerCase() === table.table.rowidColumn?.toLowerCase();
    if (value === null && !mayLack && (isKey || !column.nullable) && !column.generated)
      throw trap(
        "WrongArguments",
        `${side} needs a value for ${column.name}, which is never null in ${table.table.name}.`,
      );
    return value;
  });
  return new StructValue(table.shape, slots);
}

function castTo(column: FiringTable["table"]["columns"][number], side: string, value: Value): Value {
  if (column.type === undefined) return value;
  const [first, second] = column.typeArgs;
  const lengths = column.type === "decimal" && first !== undefined ? { precision: first, scale: second ?? 0 } : {};
  const cast = castValue(value, { type: column.type, ...lengths });
  if (cast === CAST_FAILED)
    throw trap("InvalidCast", `${side}.${column.name} is ${column.type}: ${printValue(value)} is none.`);
  return cast;
}

/** By slot: what an INSERT would put where nothing is given. */
function defaultsOf({ rows }: HandWorld, table: FiringTable, given: Given): ReadonlyMap<number, Value> {
  const slots = table.table.columns.flatMap(({ name, defaultText, generated }, slot) =>
    defaultText === undefined || generated || given.has(name.toLowerCase()) ? [] : [slot],
  );
  if (slots.length === 0) return new Map();
  const texts = slots.map((slot) => [`(${table.table.columns[slot]?.defaultText ?? "NULL"})`]);
  const columns = slots.map((slot) => ({
    name: `d${slot}`,
    type: table.columns[slot]?.type ?? ("any" as const),
    nullable: true,
    affinity: table.table.columns[slot]?.affinity ?? ("blob" as const),
  }));
  const [values] = rowsOf(rows.query(formOf(["SELECT ", ...joined(texts, ", ")], "query", 0, columns), []));
  return new Map(slots.map((slot, at) => [slot, values?.[at] ?? null]));
}

function tablesGiven(
  world: HandWorld,
  table: FiringTable,
  { event, now, old }: HandFiring,
): readonly [TableValue, TableValue] {
  const rest = (given: Given): ((slot: number) => Value) => {
    const defaults = event === "insert" ? defaultsOf(world, table, given) : undefined;
    return (slot) => defaults?.get(slot) ?? null;
  };
  return [tableGiven(table, "new", now, rest), tableGiven(table, "old", old, () => () => null)];
}

/** The rows of a transition table. */
function tableGiven(
  table: FiringTable,
  name: "new" | "old",
  value: Value | undefined,
  rest: (given: Given) => (slot: number) => Value,
): TableValue {
  if (value === undefined || value === null) return emptyTable(table);
  const plain = value instanceof Json ? valueOfJson(value) : value;
  const list = plain instanceof ListValue ? plain.items : [plain];
  const rows = Array.from(list, (row) => {
    const given = entriesOf(name, row);
    return rowOf(table, name, given, rest(given));
  });
  const columns = table.columns.map(
    (_, slot): Column => ({
      kind: "values",
      type: "any",
      data: rows.map((row) => row.slots[slot] ?? null),
      nulls: undefined,
    }),
  );
  return new TableValue(table.shape, columns, rows.length);
}

/** The event that given rows stand for, among those for which a trigger fires. @throws Trap WrongArguments. */
export function eventOf(
  name: string,
  events: readonly TriggerEvent[],
  wanted: string | undefined,
  given: { readonly now: boolean; readonly old: boolean },
): TriggerEvent {
  const [only] = events;
  if (wanted !== undefined) {
    const found = events.find((event) => event === wanted.toLowerCase());
    if (found === undefined)
      throw trap("WrongArguments", `Trigger ${name} does not fire for ${wanted}; it fires for ${events.join(", ")}.`);
    return found;
  }
  if (only !== undefined && events.length === 1) return only;
  const meant: RowEvent = given.now && given.old ? "update" : given.old ? "delete" : "insert";
  const found = events.find((event) => event === meant);
  if (found === undefined || !(given.now || given.old))
    throw trap(
      "WrongArguments",
      `Trigger ${name} fires for ${events.join(", ")}; say for which: WITH {event: '${only ?? "insert"}', …}.`,
    );
  return found;
}
