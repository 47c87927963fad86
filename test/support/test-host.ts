// A host for tests of the machine: queries answer from a table of texts, everything that happens is written down as a line.
import type { SqlForm } from "../../base/sql-form.ts";
import { printQuoted } from "../../base/value/print.ts";
import { type Column } from "../../base/value/column.ts";
import { HandleValue, Shape, TableValue, type Value } from "../../base/value/value.ts";
import { trap, type Trap } from "../../bytecode/trap.ts";
import type { Host, HostRows } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";

/** Rows that a statement's text answers with, in batches of `batch` rows (default all). */
export interface Answer {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  readonly batch?: number;
}

/** What a test sets and reads. */
export interface TestWorld {
  readonly answers: Map<string, Answer>;
  /** Statement texts that fail, with their error. */
  readonly failures: Map<string, Trap>;
  readonly routines: Map<string, LoadedRoutine>;
  /** What the host's epoch is; undefined: it has none. */
  epoch: number | undefined;
  /** What happened, in order. */
  readonly events: string[];
  /** Runs an awaited job; set by the test that has a machine. */
  runJob: (routine: LoadedRoutine, args: readonly Value[]) => Value;
}

/** A fresh world. */
export function testWorld(): TestWorld {
  return { answers: new Map(), failures: new Map(), routines: new Map(), epoch: 1, events: [], runJob: () => null };
}

/** How a world names a statement: its text with the numbers of its parameters. */
export function textOf(form: SqlForm): string {
  return form.parts
    .map((part) => (typeof part === "string" ? part : part.p === "parameter" ? `?${part.index}` : `<${part.p}>`))
    .join("");
}

function columnOf(values: readonly Value[]): Column {
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined;
  if (values.every((value) => value === null || (typeof value === "number" && Number.isSafeInteger(value)))) {
    return { kind: "ints", type: "int", data: Float64Array.from(values, (value) => Number(value ?? 0)), nulls };
  }
  if (values.every((value) => value === null || (typeof value === "number" && !Number.isSafeInteger(value)))) {
    return { kind: "floats", type: "float", data: Float64Array.from(values, (value) => Number(value ?? 0)), nulls };
  }
  return { kind: "values", type: "any", data: values, nulls };
}

/** Columns of rows. */
function columnsOf(answer: Answer, rows: readonly (readonly Value[])[]): readonly Column[] {
  return answer.names.map((_name, column) => columnOf(rows.map((row) => row[column] ?? null)));
}

/** A table value of rows. */
export function tableOf(answer: Answer): TableValue {
  return new TableValue(new Shape("", answer.names), columnsOf(answer, answer.rows), answer.rows.length);
}

function openRows(world: TestWorld, text: string, answer: Answer): HostRows {
  let at = 0;
  return {
    names: answer.names,
    next: () => {
      const rows = answer.rows.slice(at, at + (answer.batch ?? answer.rows.length));
      at += rows.length;
      return rows.length === 0 ? undefined : { columns: columnsOf(answer, rows), length: rows.length };
    },
    close: () => {
      world.events.push(`close ${text}`);
    },
  };
}

/** The host of a world. */
export function testHost(world: TestWorld): Host {
  let tokens = 0;
  const note = (event: string): void => {
    world.events.push(event);
  };
  const answerTo = (text: string): Answer => {
    const failure = world.failures.get(text);
    if (failure !== undefined) throw failure;
    const answer = world.answers.get(text);
    if (answer === undefined) throw trap("NoSuchTable", `No answer to ${text}.`);
    return answer;
  };
  const token = (what: string) => (): number => {
    tokens += 1;
    note(`${what} ${tokens}`);
    return tokens;
  };
  const printed = (values: readonly Value[]): string => values.map((value) => printQuoted(value)).join(", ");
  return {
    query: (form, parameters) => {
      const text = textOf(form);
      note(`query ${text} (${printed(parameters)})`);
      return openRows(world, text, answerTo(text));
    },
    execute: (form, parameters) => {
      const text = textOf(form);
      note(`execute ${text} (${printed(parameters)})`);
      const answer = answerTo(text);
      return { changes: answer.rows.length, rows: form.returnsRows ? tableOf(answer) : undefined };
    },
    executeText: (sql, names, parameters) => {
      note(
        `text ${sql} (${names.map((name, index) => `${name ?? "?"}=${printed(parameters.slice(index, index + 1))}`).join(", ")})`,
      );
      const answer = answerTo(sql);
      return sql.startsWith("select")
        ? { rows: tableOf(answer), changes: 0 }
        : { rows: undefined, changes: answer.rows.length };
    },
    savepoint: token("savepoint"),
    release: (number) => note(`release ${number}`),
    rollbackTo: (number) => note(`rollback ${number}`),
    beginAutonomous: token("autonomous"),
    endAutonomous: (number, outcome) => note(`${outcome} ${number}`),
    epoch: () => world.epoch ?? -1,
    resolve: (reference) => {
      note(`resolve ${reference.name}`);
      const routine = world.routines.get(reference.name);
      if (routine === undefined) throw trap("NoSuchRoutine", `There is no routine ${reference.name}.`);
      return routine;
    },
    startAsync: (routine, args, options) => {
      note(`start ${routine.code.name}${options.detached ? " detached" : ""}`);
      return new HandleValue({ routine, args });
    },
    await: (handle) => {
      const { routine, args } = handle.run as { readonly routine: LoadedRoutine; readonly args: readonly Value[] };
      note(`await ${routine.code.name}`);
      return world.runJob(routine, args);
    },
    manage: (statement, args) => {
      note(`manage ${statement.verb} (${printed(args)})`);
      return args.length;
    },
    print: (text) => note(`print ${text}`),
    log: (level, text) => note(`log ${level} ${text}`),
    emit: (rows) => note(`emit ${rows.length} rows`),
    nowMicros: () => 1_700_000_000_000_000,
    random: () => 0.25,
  };
}
