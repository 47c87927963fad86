// EXPLAIN of SQL statements (the engine's opcodes or query plan) and of calls (effects, bytecode, plans of every statement inside).
import type { SqlForm } from "../../base/sql-form.ts";
import { InternalError } from "../../base/failure.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { printEffects } from "../../compiler/effects/print.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { ensureSystemViews, rewriteSystemNames } from "../catalog/system-views.ts";
import { wholeTable } from "../host/tables.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import { asTrap } from "../sql/engine-errors.ts";
import { factsOf } from "../sql/forms.ts";
import { rowsOf } from "../sql/rows.ts";
import { explainTriggers } from "./explain-triggers.ts";
import {
  noSuchObject,
  optionalNumber,
  optionalText,
  tableFromRows,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "./world.ts";

/** EXPLAIN in all its forms. */
export const explain: ManageVerb = (world, form, args) => {
  const what = textField(form, "what");
  const sql = form["sql"];
  if (what === "triggers") return explainTriggers(world, form, isForm(sql) ? sql : undefined, args);
  if (isForm(sql)) return explainSql(world, sql, what === "query plan");
  const text = optionalText(form, "text");
  if (text !== undefined) return explainText(world, text, what === "query plan");
  return explainCall(world, what, form);
};

function isForm(value: unknown): value is SqlForm {
  return typeof value === "object" && value !== null && "parts" in value;
}

function explainText(world: ManageWorld, sql: string, plan: boolean): TableValue {
  const { source } = asTrap(() => world.connection.runText(`EXPLAIN ${plan ? "QUERY PLAN " : ""}${sql}`, unbound(sql)));
  if (source === undefined) throw new InternalError("explain: the engine gave no rows");
  return asTrap(() => wholeTable(source));
}

/** One null for each parameter of a text. */
function unbound(sql: string): readonly null[] {
  return sqlTokens(sql)
    .filter((token) => token.kind === "parameter")
    .map(() => null);
}

/** Parameters stay unbound: plans do not depend on them, and nothing is run. */
function explainSql(world: ManageWorld, form: SqlForm, plan: boolean): TableValue {
  const tables = factsOf(form).systemTables;
  if (tables.length > 0) asTrap(() => ensureSystemViews(world.connection, tables, world.authority));
  return explainText(
    world,
    asTrap(() => world.connection.print(rewriteSystemNames(form))),
    plan,
  );
}

function explainCall(world: ManageWorld, what: string, form: ManagementForm): Value {
  const name = optionalText(form, "routine");
  if (name === undefined)
    throw trap("NotImplemented", "EXPLAIN shows how queries, changes of rows and calls are done, not this statement.");
  const receiver = optionalText(form, "receiver");
  const version = optionalNumber(form, "version");
  if (what === "bytecode") {
    const lines = world
      .disassemble(world.routine(name, receiver, version))
      .trimEnd()
      .split("\n");
    return tableFromRows(
      ["bytecode"],
      lines.map((line) => [line]),
    );
  }
  if (what === "plan" || what === "query plan" || what === "opcodes") return planOf(world, name, receiver, version);
  const effects = world.effectsOf(name, receiver, version);
  if (effects === undefined) return noSuchObject("procedure", name);
  return tableFromRows(
    ["effects"],
    printEffects(effects).map((line) => [line]),
  );
}

/** The engine's plan of every statement of the routine's program, in code order. */
function planOf(
  world: ManageWorld,
  name: string,
  receiver: string | undefined,
  version: number | undefined,
): TableValue {
  const routine = world.routine(name, receiver, version);
  const rows: (readonly Value[])[] = [];
  for (const constant of routine.owner.program.constants) {
    if (constant.kind !== "sql") continue;
    const text = asTrap(() => world.connection.print(constant.form));
    const verb = constant.form.verb;
    if (verb === "ddl" || verb === "other") rows.push([text, null]);
    else {
      const { source } = asTrap(() => world.connection.runText(`EXPLAIN QUERY PLAN ${text}`, unbound(text)));
      const steps = source === undefined ? [] : asTrap(() => rowsOf(source));
      rows.push([text, steps.map((step) => String(step[3] ?? "")).join("; ")]);
    }
  }
  return tableFromRows(["statement", "plan"], rows);
}
