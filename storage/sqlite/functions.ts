// Registers functions on a connection: those that SQLite lacks, the decimal aggregates, and what the host defines.
// They give null for a null argument. What belongs to the VM's intrinsics is registered by the server (HOST_FUNCTIONS in calls.ts).
import type Database from "better-sqlite3";
import { FloatBox, type Value } from "../../base/value/value.ts";
import { EngineError, type SqlFunction } from "../engine.ts";
import { storingReader } from "./affinity.ts";
import { type RawValue, rawOfValue } from "./bind.ts";
import { CLOCK_FUNCTIONS, momentOf } from "./clock-functions.ts";
import { DECIMAL_AGGREGATES, DECIMAL_FUNCTIONS, type DecimalTotal } from "./decimal-functions.ts";
import type { RegisteredFunction } from "./raw-function.ts";
import { describeRaw, readerOf } from "./read.ts";
import { TEMPORAL_FUNCTIONS } from "./temporal-functions.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";

/** Every function that this engine registers by itself. */
const FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  ...TEXT_FUNCTIONS,
  ...TEMPORAL_FUNCTIONS,
  ...DECIMAL_FUNCTIONS,
};

/** Registers a function under a name and a number of arguments; better-sqlite3 reads the number from `length`. */
function registerFunction(
  db: Database.Database,
  name: string,
  count: number,
  deterministic: boolean,
  call: (...args: RawValue[]) => RawValue,
): void {
  const counted = (...args: RawValue[]): RawValue => call(...args);
  Object.defineProperty(counted, "length", { value: count });
  db.function(name, { deterministic, safeIntegers: true }, counted);
}

/** Registers everything. `nowMicros` is the clock of SQL, in microseconds since 1970. */
export function registerFunctions(db: Database.Database, nowMicros: () => number): void {
  for (const [name, { counts, deterministic, call }] of Object.entries(FUNCTIONS)) {
    for (const count of counts) {
      registerFunction(db, name, count, deterministic, (...args) =>
        args.includes(null) ? null : call(...(args as Exclude<RawValue, null>[])),
      );
    }
  }
  for (const [name, call] of Object.entries(CLOCK_FUNCTIONS))
    registerFunction(db, name, 0, false, () => call(nowMicros()));
  // The clock stands still while a statement runs.
  registerFunction(db, "gobi_moment", 1, true, (value) => momentOf(value ?? null, nowMicros));
  for (const [name, aggregate] of Object.entries(DECIMAL_AGGREGATES)) {
    db.aggregate<unknown>(name, {
      safeIntegers: true,
      deterministic: true,
      start: aggregate.start,
      step: (state, value) => aggregate.step(state as DecimalTotal | null, value as RawValue),
      inverse: (state, value) => aggregate.inverse(state as DecimalTotal | null, value as RawValue),
      result: (state) => aggregate.result(state as DecimalTotal | null),
    });
  }
}

/** Registers a function of the host on the database, with its values converted. */
export function registerDefinition(db: Database.Database, definition: SqlFunction): void {
  const { columns } = definition;
  const readers =
    columns === undefined
      ? definition.parameters.map((type) => readerOf(type))
      : columns.map((column) => storingReader(column, column.affinity ?? "blob"));
  const wantsFloat = definition.result === "float";

  const read = (raw: RawValue, at: number): Value => {
    if (raw === null) return null;
    const value = readers[at]?.(raw) ?? null;
    if (typeof value === "symbol") throw misfit(definition, raw, at);
    return value;
  };
  const give = (result: Value): RawValue =>
    typeof result === "string"
      ? result
      : rawOfValue(wantsFloat && typeof result === "number" ? new FloatBox(result) : result);
  const { name, parameterCount, call } = definition;
  const options = { deterministic: definition.deterministic, safeIntegers: true };
  // The usual widths without arrays: a call of one argument costs 60 ns less.
  if (parameterCount === 1) db.function(name, options, (a: RawValue) => give(call(read(a, 0))));
  else if (parameterCount === 2)
    db.function(name, options, (a: RawValue, b: RawValue) => give(call(read(a, 0), read(b, 1))));
  else
    registerFunction(db, name, parameterCount, definition.deterministic, (...args) =>
      give(call(...args.map((raw, at) => read(raw, at)))),
    );
}

function misfit(definition: SqlFunction, raw: RawValue, at: number): EngineError {
  const type = definition.parameters[at] ?? "any";
  const source = definition.columns?.[at]?.source;
  return new EngineError(
    source === undefined
      ? `${definition.name} was given ${describeRaw(raw)} as argument ${at + 1}, which is not of type ${type}.`
      : `${source.table}.${source.column} was given ${describeRaw(raw)}, which is not of type ${type}.`,
    { kind: "invalidCast", code: "GOBI_ARGUMENT" },
  );
}

/** A function that is known by name only. */
export function standIn(name: string, parameterCount: number): SqlFunction {
  const call = (): never => {
    throw new EngineError(`The function ${name} is not defined on this connection.`, {
      kind: "other",
      code: "GOBI_STAND_IN",
    });
  };
  return {
    name,
    parameterCount,
    deterministic: true,
    result: "any",
    parameters: Array.from({ length: parameterCount }, () => "any"),
    call,
  };
}
