// Diagnostics E5000 to E5999: embedded SQL.
import type { DiagnosticRow } from "./row.ts";

/** Embedded SQL. */
export const SQL_DIAGNOSTICS = {
  UnknownTable: {
    code: "E5001",
    severity: "warning",
    message: (d: { name: string }): string => `There is no table named ${d.name}.`,
  },
  UnknownColumn: {
    code: "E5002",
    severity: "error",
    message: (d: { name: string; where: string }): string =>
      d.where === ""
        ? `There is no variable or column named ${d.name} here.`
        : `There is no column named ${d.name} in ${d.where}, and no variable of that name.`,
  },
  AmbiguousColumn: {
    code: "E5003",
    severity: "error",
    message: (d: { name: string; tables: readonly string[] }): string =>
      `The column ${d.name} is in ${d.tables.join(" and ")}: say which.`,
  },
  ColumnOrVariable: {
    code: "E5004",
    severity: "error",
    message: (d: { name: string; table: string }): string =>
      `${d.name} is a column of ${d.table} and also a variable: say which.`,
  },
  DoubleQuotedColumn: {
    code: "E5005",
    severity: "warning",
    message: (d: { name: string }): string =>
      `"${d.name}" is read as the column, because one of that name is in scope.`,
  },
  DoubleQuotedText: {
    code: "E5006",
    severity: "warning",
    message: (d: { text: string }): string =>
      `"${d.text}" is read as text, because no column of that name is in scope.`,
  },
  NeverEqualInSql: {
    code: "E5008",
    severity: "warning",
    message: (d: { left: string; right: string }): string =>
      `A ${d.left} is compared with a ${d.right}: they are never equal.`,
  },
  ColumnTypeMismatch: {
    code: "E5009",
    severity: "error",
    message: (d: { column: string; expected: string; found: string }): string =>
      `The column ${d.column} takes ${d.expected}, found ${d.found}.`,
  },
  LiteralTypeMismatch: {
    code: "E5010",
    severity: "warning",
    message: (d: { column: string; expected: string; found: string }): string =>
      `The column ${d.column} takes ${d.expected}; a ${d.found} stored there cannot be read back.`,
  },
  ValueCount: {
    code: "E5011",
    severity: "error",
    message: (d: { columns: number; values: number; table: string }): string =>
      `${d.columns} column${d.columns === 1 ? "" : "s"} of ${d.table} need a value each, found ${d.values} value${d.values === 1 ? "" : "s"}.`,
  },
  MissingColumns: {
    code: "E5012",
    severity: "error",
    message: (d: { columns: readonly string[]; table: string }): string =>
      `${d.columns.join(", ")} of ${d.table} must have a value: NOT NULL and without default.`,
  },
  GeneratedColumnAssigned: {
    code: "E5013",
    severity: "error",
    message: (d: { column: string }): string => `${d.column} is a generated column and cannot be written.`,
  },
  AggregateMisused: {
    code: "E5014",
    severity: "error",
    message: (d: { name: string; clause: string }): string => `${d.name} cannot stand in ${d.clause}.`,
  },
  NestedAggregate: {
    code: "E5015",
    severity: "error",
    message: (d: { name: string }): string => `The aggregate ${d.name} stands inside another aggregate.`,
  },
  UnknownSqlFunction: {
    code: "E5016",
    severity: "warning",
    message: (d: { name: string }): string => `There is no function named ${d.name}.`,
  },
  SqlArgumentCount: {
    code: "E5017",
    severity: "error",
    message: (d: { name: string; expected: string; found: string }): string =>
      `${d.name} takes ${d.expected}, found ${d.found}.`,
  },
  WindowFunctionNeedsOver: {
    code: "E5018",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} needs OVER (…).`,
  },
  OverNeedsWindowFunction: {
    code: "E5019",
    severity: "error",
    message: (d: { name: string }): string =>
      `${d.name} is neither an aggregate nor a window function and takes no OVER.`,
  },
  FilterNeedsAggregate: {
    code: "E5020",
    severity: "error",
    message: (d: { name: string }): string => `FILTER stands only after an aggregate, and ${d.name} is none.`,
  },
  UnknownWindow: {
    code: "E5021",
    severity: "error",
    message: (d: { name: string }): string => `The query has no window named ${d.name}.`,
  },
  CompoundColumnCount: {
    code: "E5022",
    severity: "error",
    message: (d: { operator: string; left: number; right: number }): string =>
      `The sides of ${d.operator} have ${d.left} and ${d.right} columns.`,
  },
  OrderTermNotInResult: {
    code: "E5023",
    severity: "error",
    message: (d: { operator: string }): string => `ORDER BY after ${d.operator} may only name columns of the result.`,
  },
  OrdinalOutOfRange: {
    code: "E5024",
    severity: "error",
    message: (d: { clause: string; ordinal: number; columns: number }): string =>
      `${d.clause} ${d.ordinal} is beyond the ${d.columns} columns of the query.`,
  },
  SubqueryColumnCount: {
    code: "E5025",
    severity: "error",
    message: (d: { expected: number; found: number }): string =>
      `${d.expected} column${d.expected === 1 ? " is" : "s are"} wanted here, but the query has ${d.found}.`,
  },
  IntoCount: {
    code: "E5026",
    severity: "error",
    message: (d: { columns: number; targets: number }): string =>
      `The query has ${d.columns} column${d.columns === 1 ? "" : "s"}, and INTO names ${d.targets} target${d.targets === 1 ? "" : "s"}.`,
  },
  UsingColumnMissing: {
    code: "E5027",
    severity: "error",
    message: (d: { name: string; side: string }): string => `The ${d.side} side of the join has no column ${d.name}.`,
  },
  ConflictTargetNoKey: {
    code: "E5028",
    severity: "error",
    message: (d: { columns: readonly string[]; table: string }): string =>
      `(${d.columns.join(", ")}) is no unique key of ${d.table}.`,
  },
  SystemTableReadOnly: {
    code: "E5029",
    severity: "error",
    message: (d: { name: string }): string => `system.${d.name} is changed by statements of the language only.`,
  },
  TableExists: {
    code: "E5030",
    severity: "warning",
    message: (d: { name: string; kind: string }): string => `There is a ${d.kind} named ${d.name} already.`,
  },
  DivisionByZeroInSql: {
    code: "E5031",
    severity: "warning",
    message: (d: { operator: string }): string => `${d.operator} by zero gives null in SQL.`,
  },
  NotInSqlClause: {
    code: "E5032",
    severity: "error",
    message: (d: { column: string }): string => `This cannot be computed inside SQL, because it uses ${d.column}.`,
  },
  EngineLacks: {
    code: "E5033",
    severity: "error",
    message: (d: { engine: string; feature: string }): string => `${d.engine} has no ${d.feature}.`,
  },
  WriteToView: {
    code: "E5034",
    severity: "warning",
    message: (d: { name: string }): string => `${d.name} is a view; writing to it needs an INSTEAD OF trigger.`,
  },
  RollbackInRoutine: {
    code: "E5035",
    severity: "error",
    message: (d: { what: string }): string => `${d.what} would end the transaction of the caller.`,
  },
  TransactionInRoutine: {
    code: "E5036",
    severity: "error",
    message: (d: { statement: string }): string => `${d.statement} cannot stand inside a routine.`,
  },
  StarWithoutFrom: {
    code: "E5037",
    severity: "error",
    message: (): string => "There is no table that * could mean.",
  },
  UnknownQualifier: {
    code: "E5038",
    severity: "error",
    message: (d: { name: string }): string => `There is no table or alias named ${d.name} in this query.`,
  },
  CommonTableColumnCount: {
    code: "E5039",
    severity: "error",
    message: (d: { name: string; names: number; columns: number }): string =>
      `${d.name} names ${d.names} columns, but its query has ${d.columns}.`,
  },
  ValuesRowLength: {
    code: "E5040",
    severity: "error",
    message: (d: { first: number; found: number }): string =>
      `The rows of VALUES must be equally long: the first has ${d.first} values, this one ${d.found}.`,
  },
  UpsertWithoutKey: {
    code: "E5041",
    severity: "error",
    message: (d: { table: string }): string =>
      `${d.table} has no key by which rows could be found; name the columns with ON (…).`,
  },
  TupleSize: {
    code: "E5042",
    severity: "error",
    message: (d: { left: number; right: number }): string => `${d.left} values are compared with ${d.right}.`,
  },
  ForeignKeyTarget: {
    code: "E5043",
    severity: "warning",
    message: (d: { table: string; columns: readonly string[] }): string =>
      `(${d.columns.join(", ")}) of ${d.table} is neither its primary key nor unique.`,
  },
  DoubleColumn: {
    code: "E5044",
    severity: "error",
    message: (d: { name: string; table: string }): string => `${d.table} has two columns named ${d.name}.`,
  },
  NeverNullInSql: {
    code: "E5045",
    severity: "info",
    message: (d: { name: string; reason: string }): string => `${d.name} is never null: ${d.reason}.`,
  },
  NotRowsInSql: {
    code: "E5046",
    severity: "error",
    message: (d: { what: string }): string => `${d.what} has no rows.`,
  },
  NullIntoNotNull: {
    code: "E5047",
    severity: "warning",
    message: (d: { column: string }): string => `The column ${d.column} is NOT NULL, but this may be null.`,
  },
  NullLiteralIntoNotNull: {
    code: "E5048",
    severity: "error",
    message: (d: { column: string }): string => `The column ${d.column} is NOT NULL and cannot be null.`,
  },
  DropUnknown: {
    code: "E5049",
    severity: "warning",
    message: (d: { kind: string; name: string }): string => `There is no ${d.kind} named ${d.name}.`,
  },
  PragmaInRoutine: {
    code: "E5050",
    severity: "warning",
    message: (d: { name: string }): string => `PRAGMA ${d.name} changes the connection for everyone who uses it.`,
  },
  NotWritable: {
    code: "E5054",
    severity: "error",
    message: (d: { what: string }): string => `${d.what} cannot be written to.`,
  },
  QueryingFunctionInSql: {
    code: "E5082",
    severity: "error",
    message: (d: { name: string }): string =>
      `${d.name} runs queries, so it cannot be called inside a SQL statement on this engine.`,
  },
  TableFunctionPerRow: {
    code: "E5083",
    severity: "error",
    message: (d: { name: string }): string =>
      `${d.name} returns a table and takes a column of this query, which would call it once per row.`,
  },
  MergeTooComplex: {
    code: "E5084",
    severity: "error",
    message: (_d: object): string => "A MERGE of several branches cannot be carried out in this form.",
  },
  EngineRefuses: {
    code: "E5055",
    severity: "error",
    message: (d: { engine: string; text: string }): string => `${d.engine} refuses this statement: ${d.text}.`,
  },
  BareColumn: {
    code: "E5056",
    severity: "warning",
    message: (d: { name: string }): string =>
      `${d.name} may differ among the rows of a group, and any of them is taken.`,
  },
  ListNeedsBraces: {
    code: "E5057",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} gives a list, which stands in FROM in braces.`,
  },
  ListInParentheses: {
    code: "E5058",
    severity: "error",
    message: (d: { text: string }): string => `A list after IN stands without parentheses: IN ${d.text}.`,
  },
  EveryRowChanged: {
    code: "E5060",
    severity: "hint",
    message: (d: { verb: string; table: string }): string => `This ${d.verb} every row of ${d.table}.`,
  },
  IndexNotUsed: {
    code: "E5061",
    severity: "hint",
    message: (d: { column: string; what: string }): string =>
      `The index on ${d.column} cannot be used here, because ${d.what} is applied to the column.`,
  },
  IndexConverted: {
    code: "E5062",
    severity: "hint",
    message: (d: { column: string; type: string; other: string; otherType: string }): string =>
      `The index on ${d.column} cannot be used here: its ${d.type} becomes a number to be compared with ${d.other}, which is ${d.otherType}.`,
  },
  LoopOfStatements: {
    code: "E5063",
    severity: "hint",
    message: (d: { verb: string }): string =>
      `This loop runs one ${d.verb} for each row; one statement could do it all.`,
  },
  StarInStoredBody: {
    code: "E5064",
    severity: "hint",
    message: (d: { tables: readonly string[] }): string =>
      `What * stands for here changes with the columns of ${d.tables.join(" and ")}.`,
  },
  ConstantDynamicSql: {
    code: "E5065",
    severity: "hint",
    message: (): string => "This text is constant; as a statement of its own it would be checked.",
  },
  UsingCount: {
    code: "E5066",
    severity: "error",
    message: (d: { places: number; given: number }): string =>
      `The text has ${d.places} ${d.places === 1 ? "place" : "places"} for values, using gives ${d.given}.`,
  },
  MayGiveSeveralRows: {
    code: "E5067",
    severity: "hint",
    message: (): string => "One row is wanted, but this query may give several; then it raises TooManyRows.",
  },
  UnusedCommonTable: {
    code: "E5068",
    severity: "warning",
    message: (d: { name: string }): string => `The common table ${d.name} is never used.`,
  },
  NotInWithNull: {
    code: "E5069",
    severity: "warning",
    message: (d: { column: string }): string =>
      `${d.column} may be null, and with a null in its set NOT IN holds for no row.`,
  },
  CartesianJoin: {
    code: "E5070",
    severity: "warning",
    message: (d: { left: string; right: string }): string =>
      `Nothing relates ${d.left} to ${d.right}, so every row is joined with every row.`,
  },
  RowsDropped: {
    code: "E5071",
    severity: "warning",
    message: (): string => "Nobody sees the rows of this query.",
  },
  AlsoInAttached: {
    code: "E5085",
    severity: "info",
    message: (d: { name: string; meant: string; other: string }): string =>
      `${d.name} is the table of ${d.meant}; ${d.other} has one of that name too.`,
  },
  NotOneValueInSql: {
    code: "E5059",
    severity: "error",
    message: (d: { type: string }): string => `${d.type} is not one value, and SQL takes only those.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
