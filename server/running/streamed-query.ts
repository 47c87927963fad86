// A top-level query whose rows are wanted piece by piece: its code is run on a machine beside the session's, with a host that only notes what is asked;
// then the engine is asked for the rows as they come. Only code that does nothing but load values and ask one query is run so.
import { OPCODES } from "../../bytecode/opcodes.ts";
import { STRIDE } from "../../bytecode/program.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import type { Item } from "../../compiler/syntax/tree.ts";
import type { RowSource } from "../../storage/engine.ts";
import type { Host } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { LoadedScript } from "../programs/pipeline.ts";
import type { Runtime } from "./runtime.ts";
import { askForItem } from "../security/ask.ts";

/** What the code of such a statement may hold besides its query. */
const LOADS: ReadonlySet<number> = new Set(
  [
    OPCODES.Move,
    OPCODES.MoveShared,
    OPCODES.Share,
    OPCODES.Narrow,
    OPCODES.LoadConst,
    OPCODES.LoadInt,
    OPCODES.LoadNull,
    OPCODES.LoadGlobal,
    OPCODES.Return,
  ].map((row) => row.code),
);

const known = new WeakMap<LoadedRoutine, boolean>();

/** True for code that only asks one query and gives its rows. */
function asksOnce(routine: LoadedRoutine): boolean {
  let answer = known.get(routine);
  if (answer === undefined) {
    let queries = 0;
    answer = true;
    const { code } = routine.code;
    for (let at = 0; at < code.length; at += STRIDE) {
      const operation = code[at] ?? 0;
      if (operation === OPCODES.Query.code) queries += 1;
      else if (!LOADS.has(operation)) answer = false;
    }
    answer &&= queries === 1;
    known.set(routine, answer);
  }
  return answer;
}

/**
 * Rows of the item's query as they come; undefined when it is no such query, or in a transaction, where other statements may follow while rows are read.
 * @throws Trap.
 */
export function streamedQuery(runtime: Runtime, script: LoadedScript, item: Item): RowSource | undefined {
  const { statement } = item;
  if (runtime.connection.inTransaction || script.checked.broken.has(item)) return undefined;
  if (statement.kind !== "sql" || statement.statement.kind !== "select") return undefined;
  if (statement.statement.into.length > 0 || statement.statement.thenBlock !== undefined) return undefined;
  const routine = script.code?.entries.get(item);
  if (routine === undefined || !asksOnce(routine)) return undefined;
  askForItem(runtime, script.checked, item);
  let asked: { readonly form: SqlForm; readonly parameters: readonly Value[] } | undefined;
  const host: Host = {
    ...runtime.host,
    query: (form, parameters) => {
      asked = { form, parameters: [...parameters] };
      return {
        names: (form.columns ?? []).map((column) => column.name),
        next: () => undefined,
        close: () => undefined,
      };
    },
  };
  runtime.outermost({ access: "none", keepJobs: false }, () =>
    runtime.aside(host, (machine) => machine.call(routine, [])),
  );
  return asked === undefined ? undefined : runtime.stream(asked.form, asked.parameters);
}
