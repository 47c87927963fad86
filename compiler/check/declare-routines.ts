// Routine headers: parameters, receivers, results, raises. Bodies are checked later, in the order of calls (check-routines.ts).
import type { Steps } from "../../base/steps.ts";
import type { Item, Name, ParameterNode, RoutineDeclaration, TypeNode } from "../syntax/tree.ts";
import { NO_EFFECTS } from "../effects/join.ts";
import { foldName, freshRow, freshVariable, listOf, nullable, prune } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { StructType, Type } from "../types/type.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import type { ParameterInfo, RoutineInfo } from "./checked.ts";
import type { CheckContext } from "./context.ts";
import { errorNamed } from "./error-values.ts";
import { isRootError } from "./error-types.ts";
import { because, expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { describe } from "./infer-operators.ts";
import { declareImplicit, declareVariable } from "./scope.ts";
import { typeNamed } from "./type-nodes.ts";

/** A routine with the context in which its body is to be checked: parameters and self are in scope. */
export interface DeclaredRoutine {
  readonly info: RoutineInfo;
  readonly declaration: RoutineDeclaration;
  readonly ctx: CheckContext;
}

/** Declares the routines among these items. Versions of one name replace each other; two plain declarations of one name are an error. */
export function* declareRoutines(
  setting: ModuleSetting,
  items: readonly Item[],
  prepare: (ctx: CheckContext, declaration: RoutineDeclaration) => CheckContext,
): Steps<readonly DeclaredRoutine[]> {
  const declared: DeclaredRoutine[] = [];
  for (const item of items) {
    if (item.statement.kind !== "routine") continue;
    const routine = declareRoutine(setting, item, item.statement, prepare);
    declared.push(routine);
    addToIndex(setting, routine);
    yield;
  }
  return declared;
}

function addToIndex(setting: ModuleSetting, routine: DeclaredRoutine): void {
  const key = foldName(routine.info.name);
  const same = setting.state.routineIndex.get(key) ?? [];
  const receiver = routine.info.receiver === undefined ? undefined : showType(routine.info.receiver.type);
  const other = same.find(
    (each) => (each.receiver === undefined ? undefined : showType(each.receiver.type)) === receiver,
  );
  const versions =
    routine.declaration.verb === "upsert" || routine.declaration.verb === "replace" || routine.declaration.ifNotExists;
  if (other !== undefined && !versions) {
    const related =
      other.item === undefined
        ? []
        : [{ span: other.declaration.name.span, label: "first declared here", item: other.item }];
    problem(
      routine.ctx,
      "DoubleRoutine",
      routine.declaration.name.span,
      { name: routine.info.name },
      { related, help: "Use 'upsert' to add a version." },
    );
  }
  setting.state.routineIndex.set(key, [...same.filter((each) => each !== other), routine.info]);
}

function declareRoutine(
  setting: ModuleSetting,
  item: Item,
  declaration: RoutineDeclaration,
  prepare: (ctx: CheckContext, declaration: RoutineDeclaration) => CheckContext,
): DeclaredRoutine {
  const level = declaration.routine === "function" ? 1 : 0;
  const plain = bodyContext(setting, item, { kind: "routine", name: declaration.name.text, level });
  const ctx = prepare(plain, declaration);
  ctx.letters = new Map();
  const receiver = declareReceiver(ctx, declaration);
  const parameters = (declaration.parameters ?? []).map((node) => declareParameter(ctx, node));
  const raises = declaration.raises?.map((name) => declareRaise(ctx, name));
  const result =
    declaration.returns === undefined ? freshVariable(setting.state.supply, 1) : resultType(ctx, declaration.returns);
  ctx.letters = undefined;
  const info: RoutineInfo = {
    name: declaration.name.text,
    routine: declaration.routine,
    origin: setting.state.origin,
    declaration,
    item,
    receiver,
    parameters,
    result,
    mode: declaration.mode ?? "sync",
    raises,
    effects: NO_EFFECTS,
    version: undefined,
    operators: [],
  };
  setting.state.routines.set(declaration, info);
  const table = prune(result);
  const yields = table.kind === "table" ? (table.row ?? { kind: "any" as const }) : undefined;
  const owner = { ...ctx.owner, info, result, yields };
  return { info, declaration, ctx: { ...ctx, owner } };
}

function resultType(ctx: CheckContext, node: TypeNode): Type {
  return ctx.rules.typeFromNode(ctx, node);
}

/** `raises X`: an unknown name declares the error; the root says nothing about what escapes. */
function declareRaise(ctx: CheckContext, name: Name): string {
  if (isRootError(name.text)) {
    problem(
      ctx,
      "RaisesEverything",
      name.span,
      { name: name.text },
      { help: "Name the errors that callers should expect." },
    );
    return "Exception";
  }
  return errorNamed(ctx, name).name ?? name.text;
}

/** The receiver's type; an unknown name declares an open struct, whose fields are what the body reads. */
function declareReceiver(ctx: CheckContext, declaration: RoutineDeclaration): RoutineInfo["receiver"] {
  const { receiver } = declaration;
  if (receiver === undefined) return undefined;
  const type = receiverType(ctx, receiver.type);
  const binding = receiver.binding?.text ?? "self";
  if (receiver.binding === undefined) declareImplicit(ctx, "self", "self", type);
  else declareVariable(ctx, receiver.binding, "self", type, { implicit: true });
  return { type, binding };
}

function receiverType(ctx: CheckContext, node: TypeNode): Type {
  const name = node.kind === "namedType" && node.name.parts.length === 1 ? node.name.parts[0] : undefined;
  if (name === undefined || !isUnknown(ctx, node, name)) return ctx.rules.typeFromNode(ctx, node);
  const struct: StructType = { kind: "struct", name: name.text, fields: [], rest: freshRow(ctx.state.supply) };
  ctx.state.structs.set(name.text, struct);
  problem(ctx, "ImplicitType", name.span, { name: name.text }, { help: `Declare it: type struct as ${name.text} (…)` });
  return struct;
}

function isUnknown(ctx: CheckContext, node: TypeNode, name: Name): boolean {
  const before = ctx.state.findings.length;
  if (typeNamed(ctx, name.text) !== undefined) return false;
  ctx.rules.typeFromNode(ctx, node);
  const unknown = ctx.state.findings.length > before;
  if (unknown) {
    ctx.state.findings.length = before;
    ctx.state.reported.delete(ctx.item);
  }
  return unknown;
}

function declareParameter(ctx: CheckContext, node: ParameterNode): ParameterInfo {
  const written = node.type === undefined || node.type.kind === "inferredType" ? undefined : node.type;
  let type: Type =
    written === undefined ? freshVariable(ctx.state.supply, ctx.level) : ctx.rules.typeFromNode(ctx, written);
  if (node.default !== undefined) {
    const found = ctx.rules.infer(ctx, node.default, type);
    if (prune(found).kind === "null")
      type = prune(type).kind === "variable" ? { kind: "nullable", inner: type } : nullable(type);
    else
      expectType(
        ctx,
        node.default,
        found,
        type,
        because(ctx, node.default.span, `its default is ${describe(ctx, node.default)}`),
      );
  }
  const variable = declareVariable(
    ctx,
    node.name,
    "parameter",
    node.variadic ? listOf(type) : node.mode === "out" ? outStorage(type) : type,
    node.mode === "out" ? { accepts: type } : {},
  );
  return {
    name: node.name.text,
    node,
    variable,
    type,
    declared: written === undefined ? undefined : showType(type),
    mode: node.mode,
    hasDefault: node.default !== undefined,
    variadic: node.variadic,
  };
}

/** An out parameter starts as null, like a variable without a value. */
function outStorage(type: Type): Type {
  return prune(type).kind === "variable" ? { kind: "nullable", inner: type } : nullable(type);
}
