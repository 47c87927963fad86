// Mentions in code: names with what they resolved to, calls and named arguments, fields, patterns, labels, types.
import type { Resolution } from "../../compiler/check/checked.ts";
import type {
  CallExpression,
  Expression,
  LetTarget,
  MemberExpression,
  Name,
  ObjectLiteral,
  Pattern,
  QualifiedName,
  Statement,
  TargetTable,
  TypeNode,
} from "../../compiler/syntax/tree.ts";
import { fieldNamed, fieldsOf, foldName, withoutNull } from "../../compiler/types/make.ts";
import type { Type } from "../../compiler/types/type.ts";
import { addName, addSpan, enclosing, type Collector } from "./collector.ts";
import {
  catalogTable,
  namedTable,
  originSymbol,
  parameterSymbol,
  routineSymbol,
  tableColumn,
  typeSymbol,
  variableSymbol,
} from "./facts.ts";
import { type LanguageSymbol, localSymbol, type MentionRole, sharedSymbol } from "./symbols.ts";

/** What a resolution means; undefined for what only the engine knows. */
export function resolutionSymbol(
  collector: Collector,
  node: object,
  resolution: Resolution,
): LanguageSymbol | undefined {
  const { facts } = collector;
  switch (resolution.kind) {
    case "variable":
      return variableSymbol(facts, resolution.variable);
    case "column": {
      const { origin, name } = resolution.column;
      return origin === undefined ? localSymbol("column", name, node) : originSymbol(facts, origin);
    }
    case "routine":
      return routineSymbol(facts, resolution.routine);
    case "intrinsic":
      return sharedSymbol("builtin", resolution.intrinsic, undefined);
    case "enumType":
      return typeSymbol(facts, "enum", resolution.type.name);
    case "enumValue":
      return enumValue(collector, resolution.type.name, resolution.value);
    case "errorType":
      return resolution.error.name === undefined ? undefined : typeSymbol(facts, "error", resolution.error.name);
    case "engine":
      return undefined;
  }
}

/** A value of an enum. */
export function enumValue(collector: Collector, type: string, value: string): LanguageSymbol {
  return sharedSymbol("enumValue", value, typeSymbol(collector.facts, "enum", type).home, type);
}

/** The part of a node that is the name of what it resolves to. */
function namePart(node: object): Name["span"] | undefined {
  if ("quote" in node && "text" in node) return (node as Name).span;
  if ("indexedBy" in node && "name" in node) return (node as TargetTable).name?.parts.at(-1)?.span;
  const { kind } = node as { readonly kind?: string };
  switch (kind) {
    case "name":
    case "member":
    case "bindingPattern":
      return (node as { readonly name: Name }).name.span;
    case "enumPattern":
      return (node as { readonly value: Name }).value.span;
    case "string":
      return (node as Expression).span;
    case "parameter": {
      const { span, form } = node as Extract<Expression, { kind: "parameter" }>;
      return form === "braces" ? undefined : { start: span.start + 1, end: span.end };
    }
    case "table": {
      const { parts } = (node as { readonly name: QualifiedName }).name;
      return parts[parts.length - 1]?.span;
    }
    default:
      return undefined;
  }
}

/** Adds what the checker resolved for a node, and the qualifier before a column. */
export function addResolution(collector: Collector, node: object, resolution: Resolution): void {
  // Results of steps are variables to the checker, without a place; they are found with the steps of the pipeline.
  if (
    resolution.kind === "variable" &&
    resolution.variable.declaredAt === undefined &&
    collector.item.statement.kind === "pipeline"
  )
    return;
  const span = namePart(node);
  const symbol = resolutionSymbol(collector, node, resolution);
  if (span !== undefined && symbol !== undefined) addSpan(collector, span, symbol, roleOf(collector, node), false);
  if (resolution.kind !== "column" || (node as Expression).kind !== "member") return;
  const { object } = node as MemberExpression;
  const qualifier = object.kind === "name" || object.kind === "member" ? object.name : undefined;
  const { source } = resolution;
  if (qualifier === undefined || source === undefined) return;
  collector.later.push(() => {
    const target = collector.sources.get(source);
    if (target !== undefined) addName(collector, qualifier, target, "read");
  });
}

function roleOf(collector: Collector, node: object): MentionRole {
  if (collector.writes.has(node)) return "write";
  return collector.callees.has(node) ? "call" : "read";
}

/** A call: its callee, and the names of its arguments. */
export function collectCall(collector: Collector, call: CallExpression): void {
  collector.callees.add(call.callee);
  const resolution = collector.facts.checked.calls.get(call);
  const callee = call.callee.kind === "name" || call.callee.kind === "member" ? call.callee.name : undefined;
  if (callee === undefined) return;
  if (resolution === undefined) {
    // In SQL a function that is not known here may be one of another file.
    if (call.callee.kind === "name" && enclosing(collector, sqlStatement) !== undefined)
      addName(collector, callee, sharedSymbol("routine", callee.text, undefined), "call");
    return;
  }
  if (resolution.kind === "routine") {
    addName(collector, callee, routineSymbol(collector.facts, resolution.routine), "call");
    for (const { name } of call.arguments)
      if (name !== undefined)
        addName(collector, name, parameterSymbol(collector.facts, resolution.routine, name.text), "read");
  }
  if (resolution.kind === "late") addName(collector, callee, sharedSymbol("routine", callee.text, undefined), "call");
  if (resolution.kind === "intrinsic" || resolution.kind === "sqlFunction")
    addName(collector, callee, sharedSymbol("builtin", callee.text, undefined), "call");
  if (resolution.kind !== "error") return;
  const error = resolution.error.name ?? "Exception";
  addName(collector, callee, typeSymbol(collector.facts, "error", error), "call");
  const home = typeSymbol(collector.facts, "error", error).home;
  const fields = new Set(resolution.error.fields.map((field) => foldName(field.name)));
  const add = (name: Name | undefined): void => {
    if (name !== undefined && fields.has(foldName(name.text)))
      addName(collector, name, sharedSymbol("field", name.text, home, error), "write");
  };
  for (const { name } of call.arguments) add(name);
  if (resolution.detail?.kind === "object") for (const { name } of resolution.detail.fields) add(name);
}

const SQL_KINDS: ReadonlySet<string | undefined> = new Set(["select", "insert", "update", "delete", "merge"]);

function sqlStatement(node: object): object | undefined {
  return SQL_KINDS.has((node as { readonly kind?: string }).kind) ? node : undefined;
}

/** A callee without parentheses: `CALL p`, `xs |> f`. `node` is what the call is recorded for. */
export function collectBareCall(collector: Collector, node: Expression, callee: Expression): void {
  const resolution = collector.facts.checked.calls.get(node);
  if (resolution === undefined || (callee.kind !== "name" && callee.kind !== "member")) return;
  if (resolution.kind === "routine")
    addName(collector, callee.name, routineSymbol(collector.facts, resolution.routine), "call");
  if (resolution.kind === "late")
    addName(collector, callee.name, sharedSymbol("routine", callee.name.text, undefined), "call");
  if (resolution.kind === "intrinsic")
    addName(collector, callee.name, sharedSymbol("builtin", callee.name.text, undefined), "call");
}

/** The type of what stands before a dot, also where it is assigned to and has no recorded type. */
function typeOf(collector: Collector, node: Expression): Type | undefined {
  const { checked } = collector.facts;
  const known = checked.types.get(node);
  if (known !== undefined) return known;
  const resolution = checked.names.get(node);
  if (resolution?.kind === "variable") return resolution.variable.type;
  if (node.kind === "parenthesized") return typeOf(collector, node.inner);
  if (node.kind !== "member") return undefined;
  const object = typeOf(collector, node.object);
  const struct = object === undefined ? undefined : withoutNull(object);
  return struct?.kind === "struct" ? fieldNamed(struct, node.name.text)?.type : undefined;
}

/** The field of a type that a name means: a column for rows, else a field of a named struct or error. */
function fieldSymbol(collector: Collector, type: Type | undefined, name: string): LanguageSymbol | undefined {
  if (type === undefined) return undefined;
  const { facts } = collector;
  let whole = withoutNull(type);
  if (whole.kind === "handle") whole = withoutNull(whole.result);
  if (whole.kind === "table" && whole.row !== undefined) whole = withoutNull(whole.row);
  if (whole.kind === "error" && whole.name !== undefined) {
    const own = whole.fields.some((field) => foldName(field.name) === foldName(name));
    return own ? sharedSymbol("field", name, typeSymbol(facts, "error", whole.name).home, whole.name) : undefined;
  }
  if (whole.kind !== "struct") return undefined;
  const field = fieldsOf(whole).find((each) => foldName(each.name) === foldName(name));
  if (field?.origin !== undefined) return originSymbol(facts, field.origin);
  if (field === undefined || whole.name === undefined) return undefined;
  return sharedSymbol("field", field.name, typeSymbol(facts, "struct", whole.name).home, whole.name);
}

/** `a.b`, where the checker has not resolved it as a whole. */
export function collectMember(collector: Collector, node: MemberExpression): void {
  if (collector.facts.checked.names.has(node) || collector.callees.has(node)) return;
  const symbol =
    fieldSymbol(collector, typeOf(collector, node.object), node.name.text) ?? triggerColumn(collector, node);
  if (symbol !== undefined) addName(collector, node.name, symbol, roleOf(collector, node));
}

/** `NEW.c` in a trigger on a table that is not known here: a column of that table all the same. */
function triggerColumn(collector: Collector, node: MemberExpression): LanguageSymbol | undefined {
  if (node.object.kind !== "name" || !/^(?:new|old)$/i.test(node.object.name.text)) return undefined;
  const { statement } = collector.item;
  const target = statement.kind === "trigger" ? statement.target : undefined;
  const last = target?.parts.at(-1);
  if (target === undefined || last === undefined || collector.facts.catalog.table(undefined, last.text) !== undefined)
    return undefined;
  return tableColumn(namedTable(collector.facts, target), node.name.text);
}

/** `Person {name: e}`: the type and its fields. */
export function collectObject(collector: Collector, node: ObjectLiteral): void {
  if (node.typeName !== undefined) collectTypeName(collector, node.typeName);
  const type = collector.facts.checked.types.get(node);
  for (const field of node.fields) {
    const symbol = fieldSymbol(collector, type, field.name.text);
    const isShort = field.value.kind === "name" && field.value.name.span.start === field.name.span.start;
    if (isShort && field.value.kind === "name") shorthandVariable(collector, field.value, field.name);
    if (symbol !== undefined) addName(collector, field.name, symbol, "write", isShort ? "field" : undefined);
  }
}

/** The variable of `{x}`: collected here, so that a rename knows that the field keeps its name. */
function shorthandVariable(collector: Collector, value: Extract<Expression, { kind: "name" }>, name: Name): void {
  const resolution = collector.facts.checked.names.get(value);
  if (resolution?.kind !== "variable") return;
  addName(collector, name, variableSymbol(collector.facts, resolution.variable), "read", "variable");
}

/** `let {a, b} = q`: the fields, and the variables that they give. */
export function collectLetFields(collector: Collector, target: LetTarget, value: Expression | undefined): void {
  if (target.kind !== "fields") return;
  const type = value === undefined ? undefined : typeOf(collector, value);
  for (const { field, name } of target.fields) {
    const isShort = field.span.start === name.span.start;
    const symbol = fieldSymbol(collector, type, field.text);
    const variable = collector.facts.checked.variables.get(name);
    if (isShort && variable !== undefined)
      addName(collector, name, variableSymbol(collector.facts, variable), "declaration", "variable");
    if (symbol !== undefined) addName(collector, field, symbol, "read", isShort ? "field" : undefined);
  }
}

/** Patterns: types, enum values, fields. The bindings are variables and found as such. */
export function collectPattern(collector: Collector, pattern: Pattern): void {
  if (pattern.kind === "enumPattern")
    addName(collector, pattern.type, typeSymbol(collector.facts, "enum", pattern.type.text), "read");
  if (pattern.kind !== "structPattern") return;
  const { typeName } = pattern;
  if (typeName !== undefined) collectTypeName(collector, typeName);
  const struct =
    typeName === undefined ? matchedType(collector) : structNamed(collector, typeName.parts.at(-1)?.text ?? "");
  for (const { name, pattern: inner } of pattern.fields) {
    const symbol = fieldSymbol(collector, struct, name.text);
    const isShort = inner.kind === "bindingPattern" && inner.name.span.start === name.span.start;
    if (isShort && inner.kind === "bindingPattern") {
      const variable = collector.facts.checked.variables.get(inner.name);
      if (variable !== undefined)
        addName(collector, name, variableSymbol(collector.facts, variable), "declaration", "variable");
    }
    if (symbol !== undefined) addName(collector, name, symbol, "read", isShort ? "field" : undefined);
  }
}

function structNamed(collector: Collector, name: string): Type | undefined {
  return [...collector.facts.checked.structs].find(([each]) => foldName(each) === foldName(name))?.[1];
}

/** The type that an arm's pattern without a type's name is matched with. */
function matchedType(collector: Collector): Type | undefined {
  const around = collector.parents.at(-2) as Partial<Expression> | undefined;
  return around?.kind === "match" && "subject" in around ? typeOf(collector, around.subject as Expression) : undefined;
}

/** A type as written: a declared type, or the rows or a column of a table. */
export function collectType(collector: Collector, node: TypeNode): void {
  if (node.kind === "namedType") collectTypeName(collector, node.name);
}

function collectTypeName(collector: Collector, name: QualifiedName): void {
  const { facts } = collector;
  const [first, second] = name.parts;
  if (first === undefined) return;
  const key = foldName(first.text);
  if (
    facts.types.has(key) ||
    [...facts.checked.structs.keys(), ...facts.checked.enums.keys()].some((each) => foldName(each) === key)
  ) {
    addName(collector, first, typeSymbol(facts, "struct", first.text), "read");
    if (second !== undefined)
      addName(
        collector,
        second,
        sharedSymbol("field", second.text, typeSymbol(facts, "struct", first.text).home, first.text),
        "read",
      );
    return;
  }
  const table = facts.catalog.table(undefined, first.text);
  if (table === undefined && !facts.tables.has(key)) return;
  const symbol =
    table === undefined ? namedTable(facts, { parts: [first], span: first.span }) : catalogTable(facts, table);
  addName(collector, first, symbol, "read");
  if (second !== undefined) addName(collector, second, tableColumn(symbol, second.text), "read");
}

interface Labelled {
  readonly label: Name;
}

/** Labels of loops and blocks, and the jumps to them. */
export function collectLabel(collector: Collector, node: Statement): void {
  if (!("label" in node) || node.label === undefined) return;
  const { label } = node;
  if (node.kind !== "break" && node.kind !== "continue") {
    addName(collector, label, localSymbol("label", label.text, label), "declaration");
    return;
  }
  const target = enclosing(collector, (around) => {
    const own = (around as Partial<Labelled>).label;
    return own !== undefined && foldName(own.text) === foldName(label.text) ? own : undefined;
  });
  if (target !== undefined) addName(collector, label, localSymbol("label", target.text, target), "read");
}
