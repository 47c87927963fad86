// Declarations: types, errors, routines, triggers, schedules, pipelines, tests, imports.
import type { Hole, Name, NodeBase, QualifiedName } from "./common.ts";
import type { Expression, MatchExpression } from "./expressions.ts";
import type { Block, Statement } from "./statements.ts";
import type { FieldNode, TypeNode } from "./type-nodes.ts";

/** A declaration. */
export type Declaration =
  | StructDeclaration
  | EnumDeclaration
  | ErrorDeclaration
  | RoutineDeclaration
  | TriggerDeclaration
  | ScheduleDeclaration
  | PipelineDeclaration
  | TestDeclaration
  | ImportDeclaration;

const KINDS: ReadonlySet<string> = new Set<Declaration["kind"]>([
  "struct",
  "enum",
  "error",
  "routine",
  "trigger",
  "schedule",
  "pipeline",
  "test",
  "import",
]);

/** Whether a statement declares something. */
export function isDeclaration(statement: Statement): statement is Declaration {
  return KINDS.has(statement.kind);
}

/** How a declaration treats an object of its name that exists: `create` fails, `replace` and `upsert` add a version, `bare` is upsert. */
export type DeclarationVerb = "create" | "replace" | "upsert" | "bare";

export interface DeclarationBase extends NodeBase {
  readonly name: Name;
  /** Text of `---` or `/** *\/` comments directly before it, without the markers. */
  readonly doc: string | undefined;
  readonly exported: boolean;
}
/** `type struct as Person (name string, age int)`, `CREATE TYPE Person AS STRUCT (…)`. */
export interface StructDeclaration extends DeclarationBase {
  readonly kind: "struct";
  readonly fields: readonly FieldNode[];
}
/** `type enum as Mood ('happy', 'sad')`. */
export interface EnumDeclaration extends DeclarationBase {
  readonly kind: "enum";
  readonly values: readonly { readonly text: string; readonly span: NodeBase["span"] }[];
}
/** `error NotEnough (needed int, have int)`. */
export interface ErrorDeclaration extends DeclarationBase {
  readonly kind: "error";
  readonly fields: readonly FieldNode[];
  /** `error A extends B`, when written. */
  readonly parent: Name | undefined;
}
export interface ParameterNode extends NodeBase {
  readonly name: Name;
  readonly mode: "in" | "out" | "inout";
  readonly type: TypeNode | undefined;
  readonly default: Expression | undefined;
  readonly variadic: boolean;
}
export interface RoutineDeclaration extends DeclarationBase {
  readonly kind: "routine";
  readonly routine: "function" | "procedure";
  readonly verb: DeclarationVerb;
  readonly ifNotExists: boolean;
  /** `<T>` or `<p T>`. */
  readonly receiver:
    | { readonly binding: Name | undefined; readonly type: TypeNode; readonly span: NodeBase["span"] }
    | undefined;
  /** Undefined when no parameter list is written (listing 17). */
  readonly parameters: readonly ParameterNode[] | undefined;
  readonly metadata: ConfigBlock | undefined;
  readonly raises: readonly Name[] | undefined;
  readonly returns: TypeNode | undefined;
  readonly mode: "sync" | "async" | "async|sync" | undefined;
  readonly security: "definer" | "invoker" | undefined;
  /** A block; an expression for `=> e`; undefined when there is no body (a header only, as in listing 09 with a comment or 17). */
  readonly body: Block | Expression | undefined;
}
/** `key: value` entries of metadata, triggers, schedules, pipelines. */
export interface ConfigBlock extends NodeBase {
  readonly entries: readonly ConfigEntry[];
  readonly hasHole: boolean;
}
export interface ConfigEntry extends NodeBase {
  readonly key: Name;
  readonly value: Expression | ConfigBlock | Hole;
}
/** Form `config` is `upsert TRIGGER as n ( … )`; form `sql` is CREATE TRIGGER … AS BEGIN … END. */
export interface TriggerDeclaration extends DeclarationBase {
  readonly kind: "trigger";
  readonly verb: DeclarationVerb;
  readonly ifNotExists: boolean;
  readonly config: ConfigBlock | undefined;
  readonly timing: "before" | "after" | "instead of" | undefined;
  readonly events: readonly {
    readonly event: "insert" | "update" | "delete" | "upsert";
    readonly columns: readonly Name[];
  }[];
  readonly target: QualifiedName | undefined;
  readonly each: "row" | "statement" | undefined;
  readonly when: Expression | undefined;
  readonly order: number | undefined;
  readonly body: Block | undefined;
}
export interface ScheduleDeclaration extends DeclarationBase {
  readonly kind: "schedule";
  readonly verb: DeclarationVerb;
  readonly ifNotExists: boolean;
  readonly config: ConfigBlock | undefined;
  readonly cron: Expression | undefined;
  readonly body: Block | undefined;
}
export interface PipelineDeclaration extends DeclarationBase {
  readonly kind: "pipeline";
  readonly verb: DeclarationVerb;
  readonly ifNotExists: boolean;
  readonly config: ConfigBlock | undefined;
}
/** `test "name" [for (a, b) in [(1, 2)]] { … }`; `name.text` is the test's name. */
export interface TestDeclaration extends DeclarationBase {
  readonly kind: "test";
  readonly cases: { readonly names: readonly Name[]; readonly rows: Expression } | undefined;
  readonly body: Block;
}
/** `import math`, `LOAD math`, `import "lib/math.grz"`: the name is that of the file without folder and ending. */
export interface ImportDeclaration extends DeclarationBase {
  readonly kind: "import";
  /** The file as written, when it is written as one. */
  readonly path: string | undefined;
}
export type { MatchExpression };
