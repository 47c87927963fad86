// SQL statements and clauses. Words are normalised; text that only an engine understands (options, virtual table arguments) is kept raw.
import type { Hole, Name, NodeBase, QualifiedName } from "./common.ts";
import type { CallExpression, Expression } from "./expressions.ts";
import type { Block, Statement } from "./statements.ts";
import type { TypeNode } from "./type-nodes.ts";

/** A SQL statement. */
export type SqlStatement =
  | Select
  | Insert
  | Update
  | Delete
  | Merge
  | CreateTable
  | CreateIndex
  | CreateView
  | CreateVirtualTable
  | CreateNativeTrigger
  | AlterTable
  | DropObject
  | TransactionStatement
  | ExplainStatement
  | PragmaStatement
  | MaintenanceStatement;

/** `WITH [RECURSIVE] a(x) AS [NOT] [MATERIALIZED] (…)`. */
export interface WithClause extends NodeBase {
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
}
export interface CommonTable extends NodeBase {
  readonly name: Name;
  readonly columns: readonly Name[];
  readonly materialized: boolean | undefined;
  readonly query: SqlStatement;
}

/** A whole query: body, order, limit. */
export interface Select extends NodeBase {
  readonly kind: "select";
  readonly with: WithClause | undefined;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderTerm[];
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  /** `SELECT … INTO x, y FROM …` (statements only). */
  readonly into: readonly Expression[];
  /** `SELECT … THEN { … }` (statements only). */
  readonly thenBlock: Block | undefined;
}
/** What set operations combine. */
export type QueryBody = SelectCore | ValuesBody | CompoundBody;
export interface CompoundBody extends NodeBase {
  readonly kind: "compound";
  readonly operator: "union" | "union all" | "intersect" | "except";
  readonly left: QueryBody;
  readonly right: QueryBody;
}
export interface ValuesBody extends NodeBase {
  readonly kind: "values";
  readonly rows: readonly (readonly Expression[])[];
}
/** One SELECT. `fromFirst` remembers `FROM t SELECT a`; a missing SELECT list (`FROM t`) is one star. */
export interface SelectCore extends NodeBase {
  readonly kind: "core";
  readonly fromFirst: boolean;
  readonly distinct: boolean;
  readonly columns: readonly ResultColumn[];
  readonly from: TableExpression | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | undefined;
  readonly windows: readonly { readonly name: Name; readonly spec: WindowSpec }[];
}
export type ResultColumn =
  | (NodeBase & { readonly kind: "star"; readonly table: QualifiedName | undefined })
  | (NodeBase & {
      readonly kind: "column";
      readonly value: Expression;
      readonly alias: Name | undefined;
      readonly explicitAs: boolean;
    });
export interface OrderTerm extends NodeBase {
  readonly value: Expression;
  readonly direction: "asc" | "desc" | undefined;
  readonly nulls: "first" | "last" | undefined;
}
export interface WindowSpec extends NodeBase {
  readonly base: Name | undefined;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderTerm[];
  readonly frame: WindowFrame | undefined;
}
export interface WindowFrame extends NodeBase {
  readonly unit: "rows" | "range" | "groups";
  readonly start: FrameBound;
  readonly end: FrameBound | undefined;
  readonly exclude: "no others" | "current row" | "group" | "ties" | undefined;
}
export interface FrameBound extends NodeBase {
  readonly kind: "unboundedPreceding" | "preceding" | "currentRow" | "following" | "unboundedFollowing";
  readonly value: Expression | undefined;
}

/** What stands after FROM. */
export type TableExpression =
  | TableReference
  | TableCall
  | TableSubquery
  | TableValue
  | Join
  | ParenthesizedTable
  | Hole;
/** A name in table position: CTE, table variable, list, catalog table, string variable (LANGUAGE.md section 5). */
export interface TableReference extends NodeBase {
  readonly kind: "table";
  readonly name: QualifiedName;
  readonly alias: Name | undefined;
  /** `INDEXED BY x` (a name) or `NOT INDEXED` (false). */
  readonly indexedBy: Name | false | undefined;
}
/** A table-valued function: `json_each(x)`, `my_rows(1)`. */
export interface TableCall extends NodeBase {
  readonly kind: "tableCall";
  readonly call: CallExpression;
  readonly alias: Name | undefined;
}
export interface TableSubquery extends NodeBase {
  readonly kind: "subquery";
  readonly query: Select;
  readonly alias: Name | undefined;
  readonly lateral: boolean;
}
/** `{x}`: the explicit form of a variable in table position. */
export interface TableValue extends NodeBase {
  readonly kind: "tableValue";
  readonly value: Expression;
  readonly alias: Name | undefined;
}
export interface ParenthesizedTable extends NodeBase {
  readonly kind: "parenthesizedTable";
  readonly inner: TableExpression;
  readonly alias: Name | undefined;
}
export interface Join extends NodeBase {
  readonly kind: "join";
  readonly type: "inner" | "left" | "right" | "full" | "cross" | "comma" | "anti" | "semi";
  readonly natural: boolean;
  readonly left: TableExpression;
  readonly right: TableExpression;
  readonly on: Expression | undefined;
  readonly using: readonly Name[];
}

/** INSERT, REPLACE and UPSERT. */
export interface Insert extends NodeBase {
  readonly kind: "insert";
  readonly with: WithClause | undefined;
  /** `upsert` is our UPSERT INTO; `replace` is REPLACE INTO; `or` holds the word after INSERT OR. */
  readonly verb: "insert" | "replace" | "upsert";
  readonly or: "abort" | "fail" | "ignore" | "replace" | "rollback" | undefined;
  readonly target: TargetTable;
  readonly columns: readonly Name[];
  /** A VALUES body or query; undefined means DEFAULT VALUES. */
  readonly source: Select | undefined;
  /** `UPSERT … ON (keys)`. */
  readonly upsertKeys: readonly Name[];
  readonly conflicts: readonly ConflictClause[];
  readonly returning: readonly ResultColumn[];
}
/** Target of DML: a name (with alias), or `{x}` for a table named by a variable. */
export interface TargetTable extends NodeBase {
  readonly name: QualifiedName | undefined;
  readonly value: Expression | undefined;
  readonly alias: Name | undefined;
  readonly indexedBy: Name | false | undefined;
}
export interface ConflictClause extends NodeBase {
  readonly target: readonly IndexedColumn[];
  readonly targetWhere: Expression | undefined;
  readonly action: "nothing" | "update";
  readonly assignments: readonly Assignment[];
  readonly where: Expression | undefined;
}
/** `a = e`, `(a, b) = (e, f)`. */
export interface Assignment extends NodeBase {
  readonly columns: readonly Name[];
  readonly value: Expression;
}
export interface Update extends NodeBase {
  readonly kind: "update";
  readonly with: WithClause | undefined;
  readonly or: Insert["or"];
  readonly target: TargetTable;
  readonly assignments: readonly Assignment[];
  readonly from: TableExpression | undefined;
  readonly where: Expression | undefined;
  readonly returning: readonly ResultColumn[];
  readonly orderBy: readonly OrderTerm[];
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
}
export interface Delete extends NodeBase {
  readonly kind: "delete";
  readonly with: WithClause | undefined;
  readonly target: TargetTable;
  readonly where: Expression | undefined;
  readonly returning: readonly ResultColumn[];
  readonly orderBy: readonly OrderTerm[];
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
}
/** `MERGE INTO t USING s ON c WHEN [NOT] MATCHED …`. */
export interface Merge extends NodeBase {
  readonly kind: "merge";
  readonly with: WithClause | undefined;
  readonly target: TargetTable;
  readonly source: TableExpression;
  readonly on: Expression;
  readonly branches: readonly MergeBranch[];
}
export interface MergeBranch extends NodeBase {
  readonly matched: boolean;
  readonly condition: Expression | undefined;
  readonly action: "insert" | "update" | "delete" | "nothing";
  readonly columns: readonly Name[];
  readonly values: readonly Expression[];
  readonly assignments: readonly Assignment[];
}

export interface CreateTable extends NodeBase {
  readonly kind: "createTable";
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly columns: readonly ColumnDefinition[];
  readonly constraints: readonly TableConstraint[];
  readonly options: readonly ("without rowid" | "strict")[];
  readonly as: Select | undefined;
}
/** A column. `type` is undefined when none is written; `typeText` is the declared type as written, for SQLite's affinity. */
export interface ColumnDefinition extends NodeBase {
  readonly name: Name;
  readonly type: TypeNode | undefined;
  readonly typeText: string;
  readonly constraints: readonly ColumnConstraint[];
}
export type ConflictPolicy = "abort" | "fail" | "ignore" | "replace" | "rollback" | undefined;
export type ColumnConstraint = NodeBase & { readonly name: Name | undefined } & (
    | {
        readonly kind: "primaryKey";
        readonly direction: "asc" | "desc" | undefined;
        readonly onConflict: ConflictPolicy;
        readonly autoincrement: boolean;
      }
    | { readonly kind: "notNull"; readonly onConflict: ConflictPolicy }
    | { readonly kind: "nullable" }
    | { readonly kind: "unique"; readonly onConflict: ConflictPolicy }
    | { readonly kind: "check"; readonly condition: Expression }
    | { readonly kind: "default"; readonly value: Expression }
    | { readonly kind: "collate"; readonly collation: Name }
    | { readonly kind: "references"; readonly foreignKey: ForeignKey }
    | { readonly kind: "generated"; readonly value: Expression; readonly stored: boolean }
  );
export type TableConstraint = NodeBase & { readonly name: Name | undefined } & (
    | {
        readonly kind: "primaryKey" | "unique";
        readonly columns: readonly IndexedColumn[];
        readonly onConflict: ConflictPolicy;
        readonly autoincrement: boolean;
      }
    | { readonly kind: "check"; readonly condition: Expression }
    | { readonly kind: "foreignKey"; readonly columns: readonly Name[]; readonly foreignKey: ForeignKey }
  );
export interface IndexedColumn extends NodeBase {
  readonly value: Expression;
  readonly direction: "asc" | "desc" | undefined;
}
export interface ForeignKey extends NodeBase {
  readonly table: QualifiedName;
  readonly columns: readonly Name[];
  readonly onDelete: ForeignKeyAction | undefined;
  readonly onUpdate: ForeignKeyAction | undefined;
  readonly match: Name | undefined;
  readonly deferrable: boolean | undefined;
  readonly initially: "deferred" | "immediate" | undefined;
}
export type ForeignKeyAction = "set null" | "set default" | "cascade" | "restrict" | "no action";
export interface CreateIndex extends NodeBase {
  readonly kind: "createIndex";
  readonly unique: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly table: Name;
  readonly columns: readonly IndexedColumn[];
  readonly where: Expression | undefined;
}
export interface CreateView extends NodeBase {
  readonly kind: "createView";
  readonly temporary: boolean;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly columns: readonly Name[];
  readonly query: Select;
}
export interface CreateVirtualTable extends NodeBase {
  readonly kind: "createVirtualTable";
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly module: Name;
  /** Arguments as written, without the parentheses. */
  readonly argumentsText: string | undefined;
}
/** SQLite's own trigger form (BEGIN … END without AS); stored natively. */
export interface CreateNativeTrigger extends NodeBase {
  readonly kind: "createNativeTrigger";
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly timing: "before" | "after" | "instead of" | undefined;
  readonly event: "insert" | "update" | "delete";
  readonly columns: readonly Name[];
  readonly table: QualifiedName;
  readonly forEachRow: boolean;
  readonly when: Expression | undefined;
  readonly body: readonly SqlStatement[];
}
export interface AlterTable extends NodeBase {
  readonly kind: "alterTable";
  readonly name: QualifiedName;
  readonly action:
    | { readonly kind: "renameTo"; readonly name: Name }
    | { readonly kind: "renameColumn"; readonly from: Name; readonly to: Name }
    | { readonly kind: "addColumn"; readonly column: ColumnDefinition }
    | { readonly kind: "dropColumn"; readonly name: Name };
}
/** DROP of SQL objects; routines, schedules and pipelines are `DropRoutine`-like management statements. */
export interface DropObject extends NodeBase {
  readonly kind: "drop";
  readonly object: "table" | "index" | "view";
  readonly ifExists: boolean;
  readonly name: QualifiedName;
}
export interface TransactionStatement extends NodeBase {
  readonly kind: "transactionControl";
  readonly action: "begin" | "commit" | "rollback" | "savepoint" | "release" | "rollback to";
  readonly mode: "deferred" | "immediate" | "exclusive" | undefined;
  /** BEGIN … ISOLATION LEVEL. */
  readonly isolation: "serializable" | "repeatable read" | "read committed" | "read uncommitted" | undefined;
  readonly name: Name | undefined;
}
/** `EXPLAIN [QUERY PLAN] sql` and `EXPLAIN [EFFECTS|BYTECODE|PLAN] CALL p(…)`. */
export interface ExplainStatement extends NodeBase {
  readonly kind: "explain";
  readonly what: "opcodes" | "query plan" | "effects" | "bytecode" | "plan" | "triggers";
  readonly target: SqlStatement | Statement;
}
export interface PragmaStatement extends NodeBase {
  readonly kind: "pragma";
  readonly name: QualifiedName;
  readonly value: Expression | Name | undefined;
  readonly form: "none" | "equals" | "parentheses";
}
/** ANALYZE, REINDEX, VACUUM [INTO], ATTACH of a file is a management statement. */
export interface MaintenanceStatement extends NodeBase {
  readonly kind: "maintenance";
  readonly action: "analyze" | "reindex" | "vacuum";
  readonly name: QualifiedName | undefined;
  readonly into: Expression | undefined;
}
