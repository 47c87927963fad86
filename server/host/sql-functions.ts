// Functions of the language inside SQL: before a statement runs that calls one, it is registered on the connection under the name the statement uses.
// The engine then calls back into the machine. Such a function cannot run SQL itself: the connection is busy (the compiler inlines or splits those).
import { required } from "../../base/failure.ts";
import type { ScalarName } from "../../base/scalar.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { baseOf, type RegisterType } from "../../bytecode/register-type.ts";
import type { Connection, SqlFunction } from "../../storage/engine.ts";
import { trap } from "../../bytecode/trap.ts";
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
  /** The catalog is another one: what it gave and `isThere` no more is not found by texts either that name it late. @throws EngineError. */
  follow(generation: number, isThere: (name: string) => boolean): void;
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

/** The engine forgets no function: in the place of one that was dropped stands another. */
function gone(name: string, parameterCount: number): SqlFunction {
  return {
    name,
    parameterCount,
    deterministic: false,
    result: "any",
    parameters: Array.from({ length: parameterCount }, () => "any" as const),
    call: () => {
      throw trap("NoSuchRoutine", `There is no function named ${name}.`);
    },
  };
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
  /** Those of `registered` that the catalog gave. */
  const ofCatalog = new Set<string>();
  let followed = -1;
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
        const own = routinesOfForm.get(form)?.get(name);
        const routine = own ?? stored(name);
        if (registered.get(name) === routine) continue;
        register(name, routine);
        if (own === undefined) ofCatalog.add(name);
        else ofCatalog.delete(name);
      }
    },
    follow: (generation, isThere) => {
      if (generation === followed) return;
      followed = generation;
      for (const name of ofCatalog) {
        if (isThere(name)) continue;
        connection.defineFunction(gone(name, registered.get(name)?.code.parameters.length ?? 0));
        registered.delete(name);
        ofCatalog.delete(name);
      }
    },
    running: () => depth > 0,
  };
}
