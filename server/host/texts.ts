// Texts of `execute`: as the statement that our compiler makes of them where triggers must see it, else as they are.
import { TableValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { type Connection, EngineError } from "../../storage/engine.ts";
import type { Host } from "../../vm/host.ts";
import { ensureSystemViews, viewName } from "../catalog/system-views.ts";
import type { DynamicProgram } from "../programs/dynamic-statements.ts";
import { prepareDynamic, sqlTokens } from "../sql/dynamic-sql.ts";
import { CATALOG_PREFIX, catalogWriteTrap } from "../sql/forms.ts";
import { askForText } from "../security/ask-host.ts";
import { rowsOf } from "../sql/rows.ts";
import type { Firing } from "../triggers/fire.ts";
import type { RowsWorld } from "../triggers/rows.ts";
import { wholeTable } from "./tables.ts";
import { guarded, type HostWorld } from "./world.ts";

/** Refuses writes to the catalog in a text, makes the system views it reads, and puts their names in. */
function dynamicText(
  world: HostWorld,
  sql: string,
  verb: "query" | "write" | "ddl",
  names: ReadonlySet<string>,
): string {
  for (const name of names) if (name.startsWith(CATALOG_PREFIX) && verb !== "query") throw catalogWriteTrap(name);
  if (!names.has("system")) return sql;
  const tokens = sqlTokens(sql);
  let text = "";
  let copied = 0;
  tokens.forEach((token, index) => {
    const table = tokens[index + 2];
    if (
      token.text.toLowerCase() !== "system" ||
      token.kind === "string" ||
      tokens[index + 1]?.text !== "." ||
      table === undefined
    )
      return;
    if (verb !== "query") throw catalogWriteTrap(table.text.toLowerCase());
    ensureSystemViews(world.connection, [table.text.toLowerCase()], world.authority());
    text += `${sql.slice(copied, token.start)}temp."${viewName(table.text)}"`;
    copied = table.end;
  });
  return text + sql.slice(copied);
}

/** A text that our compiler understands, as the statement it is. */
function runProgram(
  world: HostWorld,
  program: DynamicProgram,
  values: readonly Value[],
): ReturnType<Host["executeText"]> {
  program.preset(values);
  const value = world.call(program.routine, []);
  if (value instanceof TableValue) return { rows: value, changes: value.length };
  return { rows: undefined, changes: typeof value === "number" ? value : 0 };
}

/** How the bodies of triggers that were written for the engine are run. Nobody is asked for rights: who made the trigger had them. */
export function triggerTexts(world: HostWorld): Pick<RowsWorld, "text" | "statement" | "endTransaction"> {
  const run = (sql: string, values: readonly Value[]): Value => {
    const { source } = world.connection.runText(sql, values);
    return source === undefined ? null : (rowsOf(source)[0]?.[0] ?? null);
  };
  return {
    text: (sql, values) =>
      guarded(world, () => {
        const value = run(sql, values);
        if (world.transactions.recording())
          world.transactions.record(() => {
            run(sql, values);
            world.connection.takeCaptured();
          });
        return value;
      }),
    statement: (sql, values) => {
      const program = world.statement(sql);
      if (!("routine" in program)) return program[0]?.message ?? "";
      runProgram(world, program, values);
      return undefined;
    },
    endTransaction: (message) =>
      guarded(world, () => {
        if (world.connection.inTransaction) world.connection.rollback();
        throw new EngineError(message, {
          kind: "otherConstraint",
          code: "SQLITE_CONSTRAINT_TRIGGER",
          transactionEnded: true,
        });
      }),
  };
}

/** Runs a text. @throws Trap. */
export function executeText(
  world: HostWorld,
  firing: Firing,
  sql: string,
  names: readonly (string | undefined)[],
  parameters: readonly Value[],
): ReturnType<Host["executeText"]> {
  return guarded(world, () => {
    if (world.functions.running())
      throw trap("NotImplemented", "A function that SQL calls cannot run SQL itself on sqlite.");
    const statement = prepareDynamic(sql, names);
    const asked = askForText(world, statement.sql, statement.verb === "ddl");
    const text = dynamicText(world, statement.sql, statement.verb, statement.names);
    const values = statement.order.map((index) => parameters[index] ?? null);
    // Rights follow DDL that goes through the host.
    if (asked !== undefined && statement.verb === "ddl") return runProgram(world, asked, values);
    if (statement.verb === "ddl" && firing.active()) firing.release();
    const follow = statement.verb === "ddl" ? world.triggers().watchSchema() : undefined;
    const run = (): ReturnType<Connection["runText"]> => world.connection.runText(text, values);
    const fires = statement.verb === "write" && firing.active();
    if (fires) {
      const program = world.statement(statement.sql);
      if ("routine" in program) return runProgram(world, program, values);
      firing.refuseUnread(statement.names, program[0]?.message ?? "");
    }
    const { source, changes } = fires ? firing.around(run) : run();
    if (statement.verb === "ddl") world.schemaChanged();
    follow?.();
    if (statement.verb !== "query" && world.transactions.recording())
      world.transactions.record(() => {
        run().source?.close();
        world.connection.takeCaptured();
      });
    if (source === undefined) return { rows: undefined, changes };
    const rows = wholeTable(source);
    return { rows, changes: statement.verb === "query" ? rows.length : changes };
  });
}
