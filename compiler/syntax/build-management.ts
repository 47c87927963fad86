// Management statements and those of sessions: transactions, EXPLAIN, PRAGMA, upkeep.
// Names of objects are not looked up here.
import { InternalError } from "../../base/failure.ts";
import {
  has,
  integerOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanOf,
  type View,
  words,
} from "./build-node.ts";
import { buildSqlExpression } from "./build-sql-expressions.ts";
import { buildSecurity } from "./build-security.ts";
import { buildLiteral } from "./build-literals.ts";
import { buildSignedNumber } from "./build-sql-ddl.ts";
import type { QualifiedName } from "./tree/common.ts";
import type { ManagementStatement, ObjectKind } from "./tree/management.ts";
import type { ExplainStatement, MaintenanceStatement, PragmaStatement, TransactionStatement } from "./tree/sql.ts";

const nameIn = (view: View): QualifiedName => qualifiedNameOf(one(view, "QualifiedName"));
const maybeNameIn = (view: View): QualifiedName | undefined => {
  const inner = maybe(view, "QualifiedName");
  return inner === undefined ? undefined : qualifiedNameOf(inner);
};

const PLURALS: Readonly<Record<string, ObjectKind>> = { indexes: "index" };
/** `PROCEDURES` → `procedure`. */
function singular(word: string): ObjectKind {
  return PLURALS[word] ?? (word.replace(/s$/, "") as ObjectKind);
}

/** A `Management` node. */
export function buildManagement(view: View): ManagementStatement {
  const inner = only(view);
  const span = spanOf(inner);
  const expression = view.ctx.build.expression;
  switch (rule(inner)) {
    case "List":
      return { kind: "list", what: singular(words(one(inner, "pluralWord"))), span };
    case "Show": {
      const version = maybe(inner, "ShowVersion");
      return {
        kind: "show",
        what: whatOf(inner, "objectWord"),
        name: nameIn(inner),
        version: version === undefined ? undefined : integerOf(one(version, "integer")),
        span,
      };
    }
    case "Describe":
      return { kind: "describe", name: nameIn(inner), span };
    case "DropManaged":
      return {
        kind: "dropObject",
        what: whatOf(inner, "managedWord"),
        name: nameIn(inner),
        ifExists: has(inner, "IfExists"),
        cascade: has(inner, "kCASCADE"),
        span,
      };
    case "Enable":
      return buildEnable(inner);
    case "Pause":
      return { kind: "pause", paused: has(one(inner, "PauseWord"), "kPAUSE"), span };
    case "RollbackRoutine":
      return {
        kind: "rollbackRoutine",
        what: whatOf(inner, "managedWord"),
        name: nameIn(inner),
        version: integerOf(one(inner, "integer")),
        span,
      };
    case "Run": {
      const withView = maybe(inner, "RunWith");
      const from = maybe(inner, "RunFrom");
      const at = maybe(inner, "RunAt");
      return {
        kind: "run",
        what: whatOf(inner, "runWord"),
        name: nameIn(inner),
        span,
        with: withView === undefined ? undefined : expression(one(withView, "Expr")),
        from: from === undefined ? undefined : nameOf(one(from, "name")),
        at: at === undefined ? undefined : expression(one(at, "Expr")),
      };
    }
    case "RunAgain": {
      const at = maybe(inner, "RunAt");
      return {
        kind: "runAgain",
        run: expression(one(inner, "Expr")),
        at: at === undefined ? undefined : expression(one(at, "Expr")),
        span,
      };
    }
    case "CancelRun":
      return { kind: "cancelRun", run: expression(one(inner, "Expr")), span };
    case "History":
      return buildHistory(inner);
    case "Attach":
      return buildAttach(inner);
    case "Detach":
      return { kind: "detach", name: nameOf(one(inner, "sqlName")), span };
    case "Backup":
      return { kind: "backup", to: expression(one(inner, "Expr")), span };
    case "Restore":
      return { kind: "restore", from: expression(one(inner, "Expr")), span };
    case "Profile":
      return { kind: "profile", call: expression(one(one(inner, "CallStatement"), "Operand")), span };
    case "Lock": {
      const mode = maybe(inner, "LockMode");
      return {
        kind: "lock",
        name: nameIn(one(inner, "LockName")),
        mode: mode !== undefined && words(one(mode, "lockModeWord")) === "share" ? "share" : "exclusive",
        wait: !has(inner, "kNOWAIT"),
        span,
      };
    }
    case "AccessControl":
      return buildSecurity(inner);
    default:
      throw new InternalError(`build: management ${rule(inner)}`);
  }
}

function whatOf(view: View, word: string): ObjectKind {
  return words(one(view, word)) as ObjectKind;
}

function buildEnable(view: View): ManagementStatement {
  const target = only(one(view, "EnableTarget"));
  const on = maybe(view, "EnableOn");
  const single = rule(target) === "EnableOne";
  const name = single ? nameIn(target) : undefined;
  // ENABLE TRIGGER ALL ON t.
  const all = on !== undefined && name?.parts.length === 1 && name.parts[0]?.text.toLowerCase() === "all";
  return {
    kind: "enable",
    enabled: has(one(view, "EnableWord"), "kENABLE"),
    what: single ? whatOf(target, "managedWord") : singular(words(target)),
    name: all ? undefined : name,
    on: on === undefined ? undefined : nameIn(on),
    forSession: maybe(view, "EnableScope") !== undefined,
    span: spanOf(view),
  };
}

function buildHistory(view: View): ManagementStatement {
  const name = maybe(view, "HistoryName");
  const limit = maybe(view, "HistoryLimit");
  return {
    kind: "history",
    name: name === undefined ? undefined : nameIn(name),
    limit: limit === undefined ? undefined : view.ctx.build.expression(one(limit, "Expr")),
    span: spanOf(view),
  };
}

function buildAttach(view: View): ManagementStatement {
  const alias = maybe(view, "AttachAlias");
  const file = view.ctx.build.expression(one(view, "AttachFile"));
  // A bare name is a service (`ATTACH Gobi`), not a variable that holds a file name.
  const service = file.kind === "name" ? file.name : undefined;
  return {
    kind: "attach",
    service,
    file: service === undefined ? file : undefined,
    alias: alias === undefined ? undefined : nameOf(one(alias, "sqlName")),
    span: spanOf(view),
  };
}

const ACTIONS: Readonly<Record<string, TransactionStatement["action"]>> = {
  BeginTransaction: "begin",
  Commit: "commit",
  EndTransaction: "commit",
  Rollback: "rollback",
  RollbackTo: "rollback to",
  Savepoint: "savepoint",
  Release: "release",
};

/** BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE. */
export function buildTransaction(view: View): TransactionStatement {
  const action = ACTIONS[rule(view)];
  if (action === undefined) throw new InternalError(`build: transaction ${rule(view)}`);
  const mode = maybe(view, "TransactionMode");
  const isolation = maybe(view, "IsolationLevel");
  const name = maybe(view, "sqlName");
  return {
    kind: "transactionControl",
    action,
    mode: mode === undefined ? undefined : (words(mode) as TransactionStatement["mode"]),
    isolation:
      isolation === undefined
        ? undefined
        : (words(one(isolation, "IsolationName")) as TransactionStatement["isolation"]),
    name: name === undefined ? undefined : nameOf(name),
    span: spanOf(view),
  };
}

/** EXPLAIN of a statement or call. */
export function buildExplain(view: View): ExplainStatement {
  const what = maybe(view, "ExplainWhat");
  const written = what === undefined ? "opcodes" : words(what).replace(/ for$/, "");
  const target = only(one(view, "ExplainTarget"));
  return {
    kind: "explain",
    what: written as ExplainStatement["what"],
    target:
      rule(target) === "ExplainCall"
        ? view.ctx.build.statement(one(target, "CallStatement"))
        : view.ctx.build.sqlStatement(target),
    span: spanOf(view),
  };
}

/** PRAGMA. */
export function buildPragma(view: View): PragmaStatement {
  const value = maybe(view, "PragmaValue");
  const inner = value === undefined ? undefined : only(value);
  const operand = inner === undefined ? undefined : only(one(inner, "PragmaOperand"));
  return {
    kind: "pragma",
    name: nameIn(view),
    value: operand === undefined ? undefined : buildPragmaOperand(operand),
    form: inner === undefined ? "none" : rule(inner) === "PragmaEquals" ? "equals" : "parentheses",
    span: spanOf(view),
  };
}

function buildPragmaOperand(view: View): PragmaStatement["value"] {
  if (rule(view) === "SignedNumberLiteral") return buildSignedNumber(view);
  if (rule(view) === "PragmaLiteral") return buildLiteral(only(view));
  return nameOf(view);
}

/** ANALYZE, REINDEX, VACUUM. */
export function buildMaintenance(view: View): MaintenanceStatement {
  const inner = only(view);
  const action = rule(inner).toLowerCase() as MaintenanceStatement["action"];
  const schema = maybe(inner, "VacuumSchema");
  const into = maybe(inner, "VacuumInto");
  const name = schema === undefined ? maybeNameIn(inner) : vacuumName(schema);
  return {
    kind: "maintenance",
    action,
    name,
    into: into === undefined ? undefined : buildSqlExpression(one(into, "SqlExpr")),
    span: spanOf(view),
  };
}

function vacuumName(view: View): QualifiedName {
  const name = nameOf(one(view, "sqlName"));
  return { parts: [name], span: name.span };
}
