// Functions of the language inside SQL: before a statement runs that calls one, it is registered on the connection under the name the statement uses.
// The engine then calls back into the machine. Such a function cannot run SQL itself: the connection is busy (the compiler inlines or splits those).
import { required } from "../../base/failure.ts";
import type { ScalarName } from "../../base/scalar.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { baseOf, type RegisterType } from "../../bytecode/register-type.ts";
import type { Connection } from "../../storage/engine.ts";
import type { LoadedProgram, LoadedRoutine } from "../../vm/load.ts";
import { factsOf } from "../sql/forms.ts";

/** The functions that SQL may call in one session. */
export interface SqlFunctions {
  /** Makes the routines of a program known to its statements. */
  addProgram(program: LoadedProgram): void;
  /** Lets a statement of ours that is made of another one's pieces call the same functions. */
  derived(form: SqlForm, from: SqlForm): void;
  /** Registers what the statement calls. @throws EngineError. */
  prepare(form: SqlForm): void;
  /** True while the engine is inside one of the functions. */
  running(): boolean;
}

const SCALAR_OF_BASE: Readonly<Partial<Record<ReturnType<typeof baseOf>, ScalarName>>> = {
  int: "int",
  float: "float",
  bool: "bool",
  string: "string",
  decimal: "decimal",
  bytes: "bytes",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  interval: "interval",
  json: "json",
};

function scalarOf(type: RegisterType | "void"): ScalarName | "any" {
  return type === "void" ? "any" : (SCALAR_OF_BASE[baseOf(type)] ?? "any");
}

/** Functions over one connection. `call` runs a routine on the session's machine, `stored` finds one of the catalog. @throws Trap NoSuchRoutine from `prepare`. */
export function makeSqlFunctions(
  connection: Connection,
  call: (routine: LoadedRoutine, args: readonly Value[]) => Value,
  stored: (name: string) => LoadedRoutine,
): SqlFunctions {
  const routinesOfForm = new WeakMap<SqlForm, ReadonlyMap<string, LoadedRoutine>>();
  const registered = new Map<string, LoadedRoutine>();
  let depth = 0;
  const register = (name: string, routine: LoadedRoutine): void => {
    const { code } = routine;
    connection.defineFunction({
      name,
      parameterCount: code.parameters.length,
      deterministic: !code.effects.includes("clock") && !code.effects.includes("random"),
      result: scalarOf(code.result),
      parameters: code.parameters.map((parameter) => scalarOf(parameter.type)),
      call: (...args) => {
        depth += 1;
        try {
          return call(routine, args);
        } finally {
          depth -= 1;
        }
      },
    });
    registered.set(name, routine);
  };
  return {
    addProgram: (program) => {
      const byName = new Map(
        program.program.sqlFunctions.map((row) => [
          row.name,
          required(program.routines[row.routine], `SQL function ${row.name}`),
        ]),
      );
      for (const constant of program.program.constants) {
        if (constant.kind === "sql" && factsOf(constant.form).functions.length > 0)
          routinesOfForm.set(constant.form, byName);
      }
    },
    derived: (form, from) => {
      const byName = routinesOfForm.get(from);
      if (byName !== undefined) routinesOfForm.set(form, byName);
    },
    prepare: (form) => {
      for (const name of factsOf(form).functions) {
        // A routine that is not of the program is one of the catalog, in its current version.
        const routine = routinesOfForm.get(form)?.get(name) ?? stored(name);
        if (registered.get(name) !== routine) register(name, routine);
      }
    },
    running: () => depth > 0,
  };
}
