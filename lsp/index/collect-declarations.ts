// Mentions in declarations: their names, what their configuration names (tables, routines, schedules, pipelines, triggers), and management statements.
import type {
  CallExpression,
  ConfigBlock,
  ConfigEntry,
  Declaration,
  EnumDeclaration,
  ErrorDeclaration,
  Expression,
  ManagementStatement,
  Name,
  PipelineDeclaration,
  RoutineDeclaration,
  StructDeclaration,
  TriggerDeclaration,
} from "../../compiler/syntax/tree.ts";
import type { Span } from "../../base/source.ts";
import type { ConfigOwner } from "../../compiler/check/config-keys.ts";
import { isCronText, nameOf } from "../../compiler/check/config-values.ts";
import { foldName } from "../../compiler/types/make.ts";
import { addName, addSpan, type Collector } from "./collector.ts";
import { addTable, byName } from "./collect-sql.ts";
import { parameterSymbol, routineSymbol, tableColumn, typeSymbol } from "./facts.ts";
import { type LanguageSymbol, localSymbol, sharedSymbol, type SymbolKind } from "./symbols.ts";

/** What the value of a configuration key names; `column` is one of the trigger's target, `called` a routine or, with exe 'pipeline', a pipeline. */
type KeyMeaning = "schedule" | "trigger" | "pipeline" | "table" | "column" | "called";

const KEY_MEANINGS: Readonly<Partial<Record<ConfigOwner, Readonly<Record<string, KeyMeaning>>>>> = {
  metadata: { sched: "schedule", trig: "trigger", pipeline: "pipeline" },
  trigger: { target: "table", of: "column", key: "column", call: "called", pipeline: "pipeline" },
  schedule: { sched: "schedule", call: "called", pipeline: "pipeline", require_previous_success: "schedule" },
  pipeline: { sched: "schedule" },
};

/** Names in a configuration value, with their places: bare words, texts, lists of them. */
function namesIn(value: ConfigEntry["value"]): readonly { readonly text: string; readonly span: Span }[] {
  if (!("kind" in value)) return [];
  if (value.kind === "list") return value.elements.flatMap(namesIn);
  if (value.kind === "member" && value.object.kind === "name") return namesIn(value.object);
  if (value.kind === "name") return [{ text: value.name.text, span: value.name.span }];
  return value.kind === "string" ? [{ text: value.value, span: value.span }] : [];
}

/** What a configuration block names. */
function collectConfig(
  collector: Collector,
  block: ConfigBlock | undefined,
  owner: ConfigOwner,
  meaningOf: (meaning: KeyMeaning, text: string) => LanguageSymbol | undefined,
): void {
  for (const { key, value } of block?.entries ?? []) {
    const meaning = KEY_MEANINGS[owner]?.[key.text.toLowerCase()];
    if (meaning !== undefined) {
      for (const { text, span } of namesIn(value)) {
        const [head = ""] = meaning === "pipeline" ? text.split(".") : [text];
        const symbol = meaningOf(meaning, head);
        const start =
          collector.item.text[span.start] === "'" || collector.item.text[span.start] === '"'
            ? span.start + 1
            : span.start;
        const part = head === text ? span : { start, end: start + head.length };
        if (symbol !== undefined)
          addSpan(collector, part, symbol, meaning === "called" ? "call" : "read", start !== span.start);
      }
    }
    if ("kind" in value) collectKickOffs(collector, value);
  }
}

/** `kickOffJob('x')` names a schedule. */
function collectKickOffs(
  collector: Collector,
  value: Expression | Extract<ConfigEntry["value"], { kind: "hole" }>,
): void {
  const elements = value.kind === "list" ? value.elements : [value];
  for (const element of elements) {
    if (element.kind !== "call" || nameOf(element.callee)?.toLowerCase() !== "kickoffjob") continue;
    const [first] = element.arguments;
    const named = element.arguments.find((argument) => argument.name?.text.toLowerCase() === "schedule") ?? first;
    for (const { text, span } of named === undefined ? [] : namesIn(named.value))
      addSpan(collector, span, automation(collector, "schedule", text), "call", false);
  }
}

/** A trigger, schedule or pipeline of the file, else one that is somewhere. */
function automation(collector: Collector, kind: "trigger" | "schedule" | "pipeline", name: string): LanguageSymbol {
  const own = collector.facts.checked.module.items.some(
    ({ statement }) => statement.kind === kind && foldName(statement.name.text) === foldName(name),
  );
  return sharedSymbol(kind, name, own ? collector.facts.path : undefined);
}

/** A routine by its name alone: the file's own, else one that is somewhere. */
function routineNamed(collector: Collector, name: string): LanguageSymbol {
  for (const routine of collector.facts.checked.routines.values())
    if (
      routine.declaration.kind === "routine" &&
      routine.receiver === undefined &&
      foldName(routine.name) === foldName(name) &&
      !isAutomation(collector, routine.declaration)
    )
      return routineSymbol(collector.facts, routine);
  return sharedSymbol("routine", name, undefined);
}

/** Triggers, schedules and tests are seen as routines by the checker; their made-up declarations stand in no item. */
function isAutomation(collector: Collector, declaration: RoutineDeclaration): boolean {
  const routine = collector.facts.checked.routines.get(declaration);
  return routine === undefined || routine.declaration !== declaration;
}

function generalMeaning(
  collector: Collector,
  block: ConfigBlock | undefined,
): (meaning: KeyMeaning, text: string) => LanguageSymbol | undefined {
  const exe = configValue(block, "exe");
  const runsPipeline = (exe === undefined ? undefined : nameOf(exe))?.toLowerCase().includes("pipeline") === true;
  return (meaning, text) => {
    switch (meaning) {
      case "called":
        return runsPipeline ? automation(collector, "pipeline", text) : routineNamed(collector, text);
      case "schedule":
        return isCronText(text) ? undefined : automation(collector, "schedule", text);
      case "trigger":
      case "pipeline":
        return automation(collector, meaning, text);
      case "table":
      case "column":
        return undefined;
    }
  };
}

/** The names of a declaration and of what its header mentions. */
export function collectDeclaration(collector: Collector, node: Declaration): void {
  switch (node.kind) {
    case "routine":
      return collectRoutine(collector, node);
    case "struct":
    case "error":
      return collectFields(collector, node);
    case "enum":
      return collectEnum(collector, node);
    case "trigger":
      return collectTrigger(collector, node);
    case "pipeline":
      return collectPipeline(collector, node);
    case "schedule":
      addName(collector, node.name, automation(collector, "schedule", node.name.text), "declaration");
      collectArguments(collector, configValue(node.config, "args"), nameOf(configValue(node.config, "call")));
      return collectConfig(collector, node.config, "schedule", generalMeaning(collector, node.config));
    case "test":
      return addName(collector, node.name, sharedSymbol("test", node.name.text, collector.facts.path), "declaration");
    case "import":
      return addName(collector, node.name, sharedSymbol("module", node.name.text, undefined), "read");
  }
}

function collectRoutine(collector: Collector, node: RoutineDeclaration): void {
  const info = collector.facts.checked.routines.get(node);
  if (info === undefined) return;
  addName(collector, node.name, routineSymbol(collector.facts, info), "declaration");
  for (const parameter of node.parameters ?? [])
    addName(collector, parameter.name, parameterSymbol(collector.facts, info, parameter.name.text), "declaration");
  for (const name of node.raises ?? [])
    addName(collector, name, typeSymbol(collector.facts, "error", name.text), "read");
  collectConfig(collector, node.metadata, "metadata", generalMeaning(collector, node.metadata));
}

function collectFields(collector: Collector, node: StructDeclaration | ErrorDeclaration): void {
  const { path } = collector.facts;
  addName(collector, node.name, sharedSymbol(node.kind, node.name.text, path), "declaration");
  for (const field of node.fields)
    addName(collector, field.name, sharedSymbol("field", field.name.text, path, node.name.text), "declaration");
  if (node.kind === "error" && node.parent !== undefined)
    addName(collector, node.parent, typeSymbol(collector.facts, "error", node.parent.text), "read");
}

function collectEnum(collector: Collector, node: EnumDeclaration): void {
  const { path } = collector.facts;
  addName(collector, node.name, sharedSymbol("enum", node.name.text, path), "declaration");
  for (const value of node.values)
    addSpan(collector, value.span, sharedSymbol("enumValue", value.text, path, node.name.text), "declaration", false);
}

function collectTrigger(collector: Collector, node: TriggerDeclaration): void {
  addName(collector, node.name, automation(collector, "trigger", node.name.text), "declaration");
  const written = configValue(node.config, "target");
  const [named] = written === undefined ? [] : namesIn(written);
  const target =
    named === undefined ? node.target : { parts: [{ ...named, quote: "none" as const }], span: named.span };
  const table = target === undefined ? undefined : byName(collector, target);
  if (node.target !== undefined && table !== undefined) addTable(collector, node.target, table, "read");
  if (table !== undefined)
    for (const { columns } of node.events)
      for (const column of columns) addName(collector, column, tableColumn(table, column.text), "read");
  const general = generalMeaning(collector, node.config);
  collectConfig(collector, node.config, "trigger", (meaning, text) => {
    if (meaning === "table") return table;
    if (meaning === "column") return table === undefined ? undefined : tableColumn(table, text);
    return general(meaning, text);
  });
}

/** Steps are procedures of their name, or have a name of their own and `call: procedure`, `sql: text` or `query: template`. */
function collectPipeline(collector: Collector, node: PipelineDeclaration): void {
  addName(collector, node.name, automation(collector, "pipeline", node.name.text), "declaration");
  collectConfig(collector, node.config, "pipeline", generalMeaning(collector, node.config));
  const steps = configValue(node.config, "steps");
  if (steps === undefined || !("kind" in steps) || steps.kind !== "list") return;
  const symbols = new Map<string, LanguageSymbol>();
  for (const element of steps.elements) {
    const callee = element.kind === "call" ? element.callee : element;
    const [name] = namesIn(callee);
    if (name === undefined) continue;
    const call = element.kind === "call" ? argumentNamed(element, "call") : undefined;
    const isOwn =
      element.kind === "call" && ["call", "sql", "query"].some((key) => argumentNamed(element, key) !== undefined);
    const symbol = isOwn ? localSymbol("step", name.text, callee) : routineNamed(collector, name.text);
    symbols.set(foldName(name.text), symbol);
    addSpan(collector, name.span, symbol, isOwn ? "declaration" : "call", false);
    const args = element.kind === "call" ? argumentNamed(element, "args") : undefined;
    collectArguments(collector, args?.value, call === undefined ? name.text : nameOf(call.value));
    for (const called of call === undefined ? [] : namesIn(call.value))
      addSpan(collector, called.span, routineNamed(collector, called.text), "call", false);
  }
  for (const element of steps.elements) {
    if (element.kind !== "call") continue;
    const after = argumentNamed(element, "after");
    for (const { text, span } of after === undefined ? [] : namesIn(after.value)) {
      const symbol = symbols.get(foldName(text));
      if (symbol !== undefined) addSpan(collector, span, symbol, "read", false);
    }
    for (const key of ["when", "args", "params"])
      collectResults(collector, argumentNamed(element, key)?.value, symbols);
  }
}

/** Names of earlier steps in a condition or in arguments: their results. */
function collectResults(
  collector: Collector,
  root: Expression | undefined,
  steps: ReadonlyMap<string, LanguageSymbol>,
): void {
  const open: object[] = root === undefined ? [] : [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const expression = node as Expression;
    const step = expression.kind === "name" ? steps.get(foldName(expression.name.text)) : undefined;
    if (step !== undefined && expression.kind === "name") addName(collector, expression.name, step, "read");
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
}

function argumentNamed(call: CallExpression, name: string): CallExpression["arguments"][number] | undefined {
  return call.arguments.find((argument) => argument.name?.text.toLowerCase() === name);
}

function configValue(block: ConfigBlock | undefined, key: string): ConfigEntry["value"] | undefined {
  return block?.entries.find((entry) => entry.key.text.toLowerCase() === key)?.value;
}

/** `args: {name: value}` of a schedule or step: parameters of what it calls. */
function collectArguments(
  collector: Collector,
  value: ConfigEntry["value"] | undefined,
  called: string | undefined,
): void {
  if (called === undefined || value === undefined) return;
  const names =
    "entries" in value
      ? value.entries.map((entry) => entry.key)
      : value.kind === "object"
        ? value.fields.map((field) => field.name)
        : [];
  const key = foldName(called);
  const routine = [...collector.facts.checked.routines.values()].find(
    (each) => each.declaration.kind === "routine" && foldName(each.name) === key && each.receiver === undefined,
  );
  for (const name of names)
    addName(
      collector,
      name,
      routine === undefined
        ? sharedSymbol("parameter", name.text, undefined, called)
        : parameterSymbol(collector.facts, routine, name.text),
      "read",
    );
}

const OBJECT_KINDS: Readonly<Record<string, SymbolKind>> = {
  procedure: "routine",
  function: "routine",
  trigger: "trigger",
  schedule: "schedule",
  pipeline: "pipeline",
  table: "table",
  view: "view",
};

/** `DROP PROCEDURE p`, `RUN SCHEDULE s` and others that name an object. */
export function collectManagement(collector: Collector, node: ManagementStatement): void {
  if (node.kind === "grant" || node.kind === "showGrants") return collectGrant(collector, node);
  if (!("what" in node) || !("name" in node) || node.name === undefined || !("parts" in node.name)) return;
  const last: Name | undefined = node.name.parts[node.name.parts.length - 1];
  const kind = OBJECT_KINDS[node.what];
  if (last === undefined || kind === undefined) return;
  if (kind === "table" || kind === "view") addTable(collector, node.name, byName(collector, node.name), "read");
  else if (kind === "routine") addName(collector, last, routineNamed(collector, last.text), "read");
  else if (kind === "trigger" || kind === "schedule" || kind === "pipeline")
    addName(collector, last, automation(collector, kind, last.text), "read");
}

/** The objects of GRANT and REVOKE, and the columns of a table's rights. */
function collectGrant(
  collector: Collector,
  node: Extract<ManagementStatement, { kind: "grant" | "showGrants" }>,
): void {
  const { target } = node;
  if (target?.kind !== "named") return;
  for (const name of target.names) {
    const last = name.parts.at(-1);
    const kind = target.what === undefined ? undefined : OBJECT_KINDS[target.what];
    if (last === undefined || kind === undefined) continue;
    if (kind !== "table" && kind !== "view") {
      if (kind === "routine") addName(collector, last, routineNamed(collector, last.text), "read");
      continue;
    }
    const table = byName(collector, name);
    addTable(collector, name, table, "read");
    for (const { columns } of node.kind === "grant" ? node.rights : [])
      for (const column of columns) addName(collector, column, tableColumn(table, column.text), "read");
  }
}
