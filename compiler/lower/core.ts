// Core: the typed, desugared, structured form between the checked tree and the bytecode.
// Every name is a Local or a global, every conversion is written out, every construct of the language is one of the few statements below.
// A value's `rep` is the type of the register that holds it; whatever may be null is `any`, or `bool?`.
// Spans are relative to the text of the item that the routine comes from.
import type { SqlForm } from "../../base/sql-form.ts";
import type { Span } from "../../base/source.ts";
import type { Item } from "../syntax/tree.ts";
import type { TypeForm } from "../../bytecode/program.ts";
import type {
  Rep,
  Local,
  Global,
  Label,
  Constant,
  ArithmeticOperator,
  CompareOperator,
  SqlResult,
  CoreShape,
  ManageForm,
  Place,
  CoreParameter,
} from "./core-parts.ts";

/** What a call goes to: a routine of this program, or one found by name when the program is loaded or run. */
export type Callee =
  | { readonly kind: "own"; readonly routine: CoreRoutine }
  | {
      readonly kind: "import";
      readonly name: string;
      readonly receiver: string | undefined;
      readonly version: number | undefined;
    };

interface Node {
  readonly span: Span;
}
interface Valued extends Node {
  readonly rep: Rep;
}

/** An expression. Operands are evaluated from left to right. */
export type CoreExpression =
  | (Valued & { readonly kind: "constant"; readonly value: Constant })
  | (Valued & { readonly kind: "local"; readonly local: Local })
  | (Valued & { readonly kind: "global"; readonly global: Global })
  | (Valued & {
      readonly kind: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: CoreExpression;
      readonly right: CoreExpression;
    })
  | (Valued & { readonly kind: "negate" | "complement"; readonly value: CoreExpression })
  | (Valued & {
      readonly kind: "compare";
      readonly operator: CompareOperator;
      readonly left: CoreExpression;
      readonly right: CoreExpression;
    })
  /** `||`, and `+` of strings; `any` knows lists, strings and bytes. */
  | (Valued & { readonly kind: "concat"; readonly left: CoreExpression; readonly right: CoreExpression })
  /** rep bool: two-valued; rep any: three-valued. */
  | (Valued & { readonly kind: "not"; readonly value: CoreExpression })
  | (Valued & { readonly kind: "and" | "or"; readonly left: CoreExpression; readonly right: CoreExpression })
  | (Valued & { readonly kind: "isNull"; readonly value: CoreExpression; readonly not: boolean })
  /** `is`, `is not`: null equals null; gives bool. */
  | (Valued & {
      readonly kind: "identical";
      readonly left: CoreExpression;
      readonly right: CoreExpression;
      readonly not: boolean;
    })
  /** `??`: right is evaluated only when left is null. */
  | (Valued & { readonly kind: "coalesce"; readonly left: CoreExpression; readonly right: CoreExpression })
  /** A condition of rep any counts null as false. */
  | (Valued & {
      readonly kind: "choose";
      readonly condition: CoreExpression;
      readonly then: CoreExpression;
      readonly otherwise: CoreExpression;
    })
  /** Change of register kind: to any (boxing), from any (checked: InvalidCast), int to float. */
  | (Valued & { readonly kind: "convert"; readonly value: CoreExpression })
  /** A cast that the program wrote, or what storing into a declared type does (rounding, lengths, ranges). */
  | (Valued & { readonly kind: "cast"; readonly value: CoreExpression; readonly type: TypeForm })
  | (Valued & { readonly kind: "call"; readonly callee: Callee; readonly args: readonly CoreExpression[] })
  | (Valued & {
      readonly kind: "callClosure";
      readonly closure: CoreExpression;
      readonly args: readonly CoreExpression[];
    })
  | (Valued & { readonly kind: "intrinsic"; readonly name: string; readonly args: readonly CoreExpression[] })
  | (Valued & {
      readonly kind: "startAsync";
      readonly callee: Callee;
      readonly args: readonly CoreExpression[];
      readonly detached: boolean;
    })
  | (Valued & { readonly kind: "await"; readonly handle: CoreExpression })
  /** Captured values become the first parameters of `routine`. */
  | (Valued & { readonly kind: "lambda"; readonly routine: CoreRoutine; readonly captures: readonly CoreExpression[] })
  | (Valued & { readonly kind: "list"; readonly items: readonly CoreExpression[] })
  | (Valued & {
      readonly kind: "map";
      readonly entries: readonly { readonly key: CoreExpression; readonly value: CoreExpression }[];
    })
  | (Valued & { readonly kind: "struct"; readonly shape: CoreShape; readonly items: readonly CoreExpression[] })
  /** Field by slot of a struct whose shape is known; `slot` undefined: by name at run time. Null gives null. */
  | (Valued & {
      readonly kind: "field";
      readonly object: CoreExpression;
      readonly name: string;
      readonly slot: number | undefined;
    })
  /** `x[i]`: list, string, bytes, table (OutOfRange) or map (null when missing). */
  | (Valued & {
      readonly kind: "index";
      readonly object: CoreExpression;
      readonly index: CoreExpression;
      readonly of: "list" | "map" | "string" | "table" | "any";
    })
  | (Valued & {
      readonly kind: "slice";
      readonly object: CoreExpression;
      readonly from: CoreExpression | undefined;
      readonly to: CoreExpression | undefined;
    })
  /** An error value. */
  | (Valued & {
      readonly kind: "error";
      readonly code: string;
      readonly parents: readonly string[];
      readonly message: CoreExpression;
      readonly detail: CoreExpression;
    })
  /** Whether a caught error is `name` or below it. */
  | (Valued & { readonly kind: "errorIs"; readonly error: CoreExpression; readonly name: string })
  /** Runs a query; see SqlResult. */
  | (Valued & {
      readonly kind: "query";
      readonly form: SqlForm;
      readonly args: readonly CoreExpression[];
      readonly result: SqlResult;
    })
  /** Runs DML or DDL: gives the number of rows, or with RETURNING the rows. */
  | (Valued & {
      readonly kind: "execute";
      readonly form: SqlForm;
      readonly args: readonly CoreExpression[];
      readonly result: "changes" | "rows";
    })
  /** `execute text using …`: a table for a query, else the number of rows. */
  | (Valued & {
      readonly kind: "executeText";
      readonly text: CoreExpression;
      readonly names: readonly (string | undefined)[];
      readonly args: readonly CoreExpression[];
    })
  /** Rows changed or read by the last statement. */
  | (Valued & { readonly kind: "rowCount" })
  | (Valued & { readonly kind: "tableCell"; readonly table: Local; readonly row: Local; readonly column: number })
  | (Valued & { readonly kind: "tableRow"; readonly table: CoreExpression; readonly row: CoreExpression })
  | (Valued & { readonly kind: "tableFromList"; readonly list: CoreExpression; readonly shape: CoreShape })
  | (Valued & { readonly kind: "tableToList"; readonly table: CoreExpression })
  | (Valued & { readonly kind: "tableColumn"; readonly table: CoreExpression; readonly column: number })
  /** Length of a list, map or table. */
  | (Valued & { readonly kind: "length"; readonly value: CoreExpression })
  /** The parts' printed forms, joined. */
  | (Valued & { readonly kind: "interpolate"; readonly parts: readonly CoreExpression[] })
  | (Valued & { readonly kind: "typeIs"; readonly value: CoreExpression; readonly type: TypeForm })
  /** The time of the outermost call. */
  | (Valued & { readonly kind: "now" })
  | (Valued & { readonly kind: "random" })
  | (Valued & { readonly kind: "openCursor"; readonly form: SqlForm; readonly args: readonly CoreExpression[] })
  | (Valued & { readonly kind: "manage"; readonly form: ManageForm; readonly args: readonly CoreExpression[] })
  /** Statements first, then a value. */
  | (Valued & {
      readonly kind: "block";
      readonly statements: readonly CoreStatement[];
      readonly result: CoreExpression;
    });

/** One step of an assignment below a variable: `.f` or `[i]`. Index expressions are evaluated before. */
export type PathStep =
  | { readonly kind: "field"; readonly name: string; readonly slot: number | undefined }
  | { readonly kind: "index"; readonly index: CoreExpression; readonly of: "list" | "map" | "any" };

/** A statement. */
export type CoreStatement =
  | (Node & { readonly kind: "set"; readonly place: Place; readonly value: CoreExpression })
  /** `x.f[i] = v`: changes the value held by `place` in place (copying what is shared). `append`: to the list at the end of the path. */
  | (Node & {
      readonly kind: "setPath";
      readonly place: Place;
      readonly path: readonly PathStep[];
      readonly value: CoreExpression;
      readonly append: boolean;
    })
  | (Node & { readonly kind: "evaluate"; readonly value: CoreExpression })
  | (Node & {
      readonly kind: "if";
      readonly condition: CoreExpression;
      readonly then: readonly CoreStatement[];
      readonly otherwise: readonly CoreStatement[];
    })
  /** `break label` leaves it. */
  | (Node & { readonly kind: "block"; readonly label: Label; readonly body: readonly CoreStatement[] })
  /** Endless; `exit` leaves it, `next` starts the next round. */
  | (Node & {
      readonly kind: "loop";
      readonly exit: Label;
      readonly next: Label;
      readonly body: readonly CoreStatement[];
    })
  /** While `condition`. */
  | (Node & {
      readonly kind: "while";
      readonly condition: CoreExpression;
      readonly exit: Label;
      readonly next: Label;
      readonly body: readonly CoreStatement[];
    })
  /** `from` to `to` inclusive; step is at least 1 (checked: OutOfRange otherwise) and goes down when `reverse`. Bounds are evaluated once. */
  | (Node & {
      readonly kind: "count";
      readonly local: Local;
      readonly from: CoreExpression;
      readonly to: CoreExpression;
      readonly step: CoreExpression | undefined;
      readonly reverse: boolean;
      readonly exit: Label;
      readonly next: Label;
      readonly body: readonly CoreStatement[];
    })
  /** Over the items of a list as it is now. */
  | (Node & {
      readonly kind: "eachItem";
      readonly local: Local;
      readonly list: CoreExpression;
      readonly exit: Label;
      readonly next: Label;
      readonly body: readonly CoreStatement[];
    })
  /** Over the rows of a query or table as they are now; `cells` are loaded at the start of each round, `row` when the whole row is wanted. */
  | (Node & {
      readonly kind: "eachRow";
      readonly source:
        | {
            readonly kind: "query";
            readonly span: Span;
            readonly form: SqlForm;
            readonly args: readonly CoreExpression[];
          }
        | { readonly kind: "table"; readonly table: CoreExpression };
      readonly cells: readonly { readonly column: number; readonly local: Local }[];
      readonly row: { readonly local: Local; readonly shape: CoreShape | undefined } | undefined;
      readonly exit: Label;
      readonly next: Label;
      readonly body: readonly CoreStatement[];
    })
  /** Leaves a block or loop by its label; `finally` parts and savepoints on the way are run. A loop's `next` label starts its next round. */
  | (Node & { readonly kind: "break"; readonly label: Label })
  /** Leaves the routine. */
  | (Node & { readonly kind: "return"; readonly value: CoreExpression | undefined })
  /** `again` keeps the stack of the first raise. */
  | (Node & { readonly kind: "raise"; readonly error: CoreExpression; readonly again: boolean })
  /** `savepoint`: the body may write; its writes are undone before the handler runs. The handler re-raises what it does not catch. */
  | (Node & {
      readonly kind: "try";
      readonly body: readonly CoreStatement[];
      readonly savepoint: boolean;
      readonly error: Local;
      readonly handler: readonly CoreStatement[] | undefined;
      readonly finally: readonly CoreStatement[] | undefined;
    })
  /** `transaction { }` and `autonomous { }`. */
  | (Node & {
      readonly kind: "transaction";
      readonly mode: "transaction" | "autonomous";
      readonly body: readonly CoreStatement[];
    })
  /** Appends to the list in a variable, in place. */
  | (Node & { readonly kind: "push"; readonly place: Place; readonly value: CoreExpression })
  /** Does an intrinsic that works in place to the list at the end of a path from a variable; `args` are those behind the list. */
  | (Node & {
      readonly kind: "updateList";
      readonly place: Place;
      readonly path: readonly PathStep[];
      readonly name: string;
      readonly args: readonly CoreExpression[];
    })
  /** Counts that this place was reached. */
  | (Node & { readonly kind: "cover"; readonly counter: number })
  | (Node & { readonly kind: "print"; readonly value: CoreExpression })
  | (Node & {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly value: CoreExpression;
    })
  | (Node & { readonly kind: "emit"; readonly value: CoreExpression })
  /** Steps the cursor; when there is a row its cells go into the locals and `found` is true. */
  | (Node & {
      readonly kind: "fetch";
      readonly cursor: CoreExpression;
      readonly cells: readonly Local[];
      readonly row: Local | undefined;
      readonly found: Local;
    })
  | (Node & { readonly kind: "closeCursor"; readonly cursor: CoreExpression });

/** Code of one routine, lambda, or top-level statement. */
export interface CoreRoutine {
  readonly name: string;
  readonly kind: "function" | "procedure" | "lambda" | "entry" | "test" | "trigger" | "schedule";
  /** Printed receiver type, for methods. */
  readonly receiver: string | undefined;
  readonly parameters: readonly CoreParameter[];
  /** Lambdas: captured values, which follow the parameters. */
  readonly captures: readonly Local[];
  readonly resultRep: Rep | "void";
  /** The item it comes from; spans are relative to it. */
  readonly item: Item;
  readonly span: Span;
  /** Undefined while it is being lowered (recursion); always there in a finished program. */
  body: readonly CoreStatement[] | undefined;
}

/** A lowered module. */
export interface CoreProgram {
  readonly routines: readonly CoreRoutine[];
  readonly globals: readonly Global[];
  /** Routines that SQL statements of the program call, under the name that their `routine` parts use. */
  readonly sqlFunctions: readonly {
    readonly name: string;
    readonly routine: CoreRoutine;
    readonly deterministic: boolean;
  }[];
}
