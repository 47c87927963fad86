// Tests, imports and the metadata of routines. Schedules: declare-schedules.ts; pipelines: declare-pipelines.ts; triggers: declare-triggers.ts.
import type {
  Expression,
  ImportDeclaration,
  Item,
  Name,
  RoutineDeclaration,
  ScheduleDeclaration,
  TestDeclaration,
} from "../syntax/tree.ts";
import type { Problem } from "../../base/problem.ts";
import { lineStarts, positionAt } from "../../base/source.ts";
import { ANY, VOID, foldName, prune } from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import type { Type } from "../types/type.ts";
import { bodyContext, bodyRoutine, declareBody, type ModuleSetting } from "./bodies.ts";
import type { RoutineInfo } from "./checked.ts";
import { checkConfig, nameOf, namesOf } from "./config-values.ts";
import { isRecordedKind } from "./config-keys.ts";
import type { CheckContext } from "./context.ts";
import type { CheckedModule } from "./checked.ts";
import { checkScheduleNames } from "./declare-schedules.ts";
import { problem } from "./findings.ts";
import { elementType } from "./infer-query.ts";
import { innermost } from "./scalar-value.ts";
import { declareVariable } from "./scope.ts";
import { checkStatements } from "./statements.ts";

/** A declaration seen as a routine without parameters, so that effects and lowering treat all bodies alike. */
export function asRoutine(
  setting: ModuleSetting,
  item: Item,
  declaration: ScheduleDeclaration | TestDeclaration,
): RoutineInfo {
  return declareBody(setting, item, declaration, bodyRoutine(declaration));
}

/** Keys of a routine's metadata. */
export function checkMetadata(ctx: CheckContext, declaration: RoutineDeclaration): void {
  if (declaration.metadata === undefined) return;
  const entries = checkConfig(ctx, declaration.metadata, "metadata", "The metadata");
  const kind = nameOf(entries.get("kind")?.value);
  const kindEntry = entries.get("kind");
  if (kind !== undefined && kindEntry !== undefined && isRecordedKind(kind))
    problem(ctx, "KindRecorded", kindEntry.value.span, { kind });
  if (kind !== undefined && /^incremental(_by_time_range)?$/i.test(kind) && !entries.has("time_column"))
    tellTimeColumn(ctx, declaration);
  checkScheduleNames(ctx, entries.get("sched"));
  for (const name of namesOf(entries.get("trig")?.value)) {
    const own = ctx.state.module.items.some(
      (item) => item.statement.kind === "trigger" && foldName(item.statement.name.text) === foldName(name),
    );
    if (!own && !ctx.catalog.hasObject("trigger", name))
      problem(ctx, "PendingTrigger", entries.get("trig")?.value.span ?? declaration.name.span, { name });
  }
}

/** The time column of an incremental procedure is the one that its filter compares. */
function tellTimeColumn(ctx: CheckContext, declaration: RoutineDeclaration): void {
  const column = comparedColumn(ctx, declaration.body, false);
  if (column !== undefined) problem(ctx, "TimeColumnInferred", column.span, { column: column.text });
}

/** The first name in a WHERE that is ordered against something and is no variable. */
function comparedColumn(ctx: CheckContext, node: unknown, inFilter: boolean): Name | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const fields = node as { readonly kind?: unknown; readonly [field: string]: unknown };
  if (
    inFilter &&
    ((fields.kind === "binary" && [">", ">=", "<", "<="].includes(String(fields["operator"]))) ||
      fields.kind === "between")
  ) {
    for (const side of [fields["left"], fields["right"], fields["value"]] as (Expression | undefined)[]) {
      if (side?.kind === "name" && ctx.state.names.get(side)?.kind !== "variable") return side.name;
    }
  }
  for (const key in fields) {
    if (key === "span") continue;
    const found = comparedColumn(ctx, fields[key], inFilter || key === "where");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A test: a body of its own, once per row of its cases. */
export function checkTest(
  setting: ModuleSetting,
  item: Item,
  declaration: TestDeclaration,
): { readonly info: RoutineInfo; readonly ctx: CheckContext } {
  const info = asRoutine(setting, item, declaration);
  const ctx = bodyContext(setting, item, { kind: "test", name: declaration.name.text, info, result: VOID, level: 0 });
  if (declaration.cases !== undefined) {
    const { names, rows } = declaration.cases;
    const types = caseTypes(ctx, rows, names.length);
    for (const [index, name] of names.entries()) declareVariable(ctx, name, "loop", types[index] ?? ANY);
  }
  checkStatements(ctx, declaration.body.statements);
  return { info, ctx };
}

/** Column types of a table of cases `[(1, "a"), (2, "b")]`, or of whatever else is looped over. */
function caseTypes(ctx: CheckContext, rows: Expression, count: number): readonly Type[] {
  const list = innermost(rows);
  const literal =
    list.kind === "list" &&
    list.elements.every((element) => ["row", "list"].includes(innermost(element).kind) || count === 1);
  if (list.kind !== "list" || !literal) return elementType(ctx, rows, ctx.rules.infer(ctx, rows), count);
  const columns: Type[] = Array.from({ length: count }, () => ({ kind: "never" }));
  for (const element of list.elements) {
    const row = innermost(element);
    const cells = row.kind === "row" ? row.items : row.kind === "list" ? row.elements : [element];
    if (cells.length !== count) problem(ctx, "TargetCount", element.span, { targets: count, columns: cells.length });
    for (const [index, cell] of cells.entries()) {
      const type = ctx.rules.infer(ctx, cell);
      columns[index] = joinTypes(columns[index] ?? type, type) ?? ANY;
    }
    ctx.state.types.set(element, { kind: "list", element: ANY });
    ctx.state.types.set(row, { kind: "list", element: ANY });
  }
  ctx.state.types.set(rows, {
    kind: "list",
    element: count === 1 ? (columns[0] ?? ANY) : { kind: "list", element: ANY },
  });
  ctx.state.types.set(list, {
    kind: "list",
    element: count === 1 ? (columns[0] ?? ANY) : { kind: "list", element: ANY },
  });
  return columns.map((type) => (prune(type).kind === "never" ? ANY : type));
}

function ownErrors(checked: CheckedModule): readonly Problem[] {
  return checked.problems.filter((each) => each.severity === "error" && each.name !== "ImportHasErrors");
}

/** The file in which the errors stand: the imported one, or one that it imports. */
function moduleWithErrors(checked: CheckedModule, seen: Set<CheckedModule>): CheckedModule | undefined {
  if (ownErrors(checked).length > 0) return checked;
  seen.add(checked);
  for (const used of checked.uses) {
    const found = seen.has(used) ? undefined : moduleWithErrors(used, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A file with errors is not run, so what it declares cannot be used. */
function reportErrorsOf(ctx: CheckContext, declaration: ImportDeclaration, checked: CheckedModule): void {
  const broken = moduleWithErrors(checked, new Set());
  const [first, ...others] = broken === undefined ? [] : ownErrors(broken);
  if (broken === undefined || first === undefined) return;
  const { name, text } = broken.module.file;
  problem(ctx, "ImportHasErrors", declaration.name.span, {
    file: name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1),
    count: 1 + others.length,
    line: positionAt(lineStarts(text), first.span.start).line,
    first: first.message,
  });
}

/** `import math`: its routines, types and errors become visible. */
export function checkImport(setting: ModuleSetting, item: Item, declaration: ImportDeclaration): void {
  const ctx = bodyContext(setting, item, { kind: "script", name: declaration.name.text, level: 0 });
  const { file } = setting.state.module;
  const module = setting.state.environment.importModule(declaration.path ?? declaration.name.text, file.name);
  if (module === undefined) {
    problem(ctx, "UnknownModule", declaration.name.span, { name: declaration.path ?? declaration.name.text });
    return;
  }
  const checked = setting.rules.checkOther(module, setting.state.environment, "module");
  if (checked === undefined) {
    problem(ctx, "ImportCircle", declaration.name.span, { name: declaration.name.text });
    return;
  }
  reportErrorsOf(ctx, declaration, checked);
  setting.state.uses.add(checked);
  setting.state.imports.set(foldName(declaration.name.text), checked);
  for (const [name, error] of checked.errors)
    if (!setting.state.errors.has(name)) setting.state.errors.set(name, error);
}
