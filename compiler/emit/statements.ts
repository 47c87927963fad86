// Statements to instructions: the dispatch by kind, assignments, choices, returns, raises, output, cursors. Loops and try have files of their own.
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import { NO_REGISTER } from "../../bytecode/program.ts";
import type { CoreExpression, CoreStatement } from "../lower/core.ts";
import { at, inBlock, registerOf, withTemp, withValue, type Emission } from "./context.ts";
import { jumpUnless } from "./conditions.ts";
import { withIntrinsicArguments } from "./calls.ts";
import { emitSetPath, keep, withKept, withOwned } from "./containers.ts";
import { leaveTo, leaveRoutine } from "./leave.ts";
import { emitCount, emitEachItem, emitEachRow, emitLoop, emitWhile, rowInto } from "./loops.ts";
import { emitExecuted } from "./sql.ts";
import { emitTransaction, emitTry } from "./try.ts";

type Of<K extends CoreStatement["kind"]> = Extract<CoreStatement, { readonly kind: K }>;
type Emitters = { readonly [K in CoreStatement["kind"]]: (ctx: Emission, e: Of<K>) => void };

const LOG_LEVELS: Readonly<Record<Of<"log">["level"], number>> = { debug: 0, info: 1, warn: 2, error: 3 };

const EMITTERS: Emitters = {
  set: emitSet,
  setPath: (ctx, e) => {
    const { place } = e;
    if (place.kind === "local") return emitSetPath(ctx, e, registerOf(ctx, place.local));
    withTemp(ctx, place.global.rep, (root) => {
      ctx.builder.emit("LoadGlobal", root, place.global.slot);
      emitSetPath(ctx, e, root);
      ctx.builder.emit("StoreGlobal", place.global.slot, root);
    });
  },
  evaluate: (ctx, e) => emitForEffect(ctx, e.value),
  if: emitIf,
  block: (ctx, e) => inBlock(ctx, e.label, () => emitStatements(ctx, e.body)),
  loop: emitLoop,
  while: emitWhile,
  count: emitCount,
  eachItem: emitEachItem,
  eachRow: emitEachRow,
  break: (ctx, e) => leaveTo(ctx, e.label),
  return: emitReturn,
  raise: (ctx, e) =>
    withValue(ctx, e.error, "error", (error) => {
      at(ctx, e.span);
      ctx.builder.emit(e.again ? "Rethrow" : "Throw", error);
    }),
  try: emitTry,
  transaction: emitTransaction,
  push: (ctx, e) =>
    withKept(ctx, e.value, (value) => {
      at(ctx, e.span);
      const { place } = e;
      if (place.kind === "local") return void ctx.builder.emit("ListPush", registerOf(ctx, place.local), value);
      withTemp(ctx, "list", (list) => {
        ctx.builder.emit("LoadGlobal", list, place.global.slot);
        ctx.builder.emit("ListPush", list, value);
        ctx.builder.emit("StoreGlobal", place.global.slot, list);
      });
    }),
  updateList: (ctx, e) => {
    const row = intrinsicRow(e.name);
    withIntrinsicArguments(ctx, row, e.args, 1, (first) => {
      at(ctx, e.span);
      const { place } = e;
      const update = (root: number): void =>
        withOwned(ctx, e.path, "list", root, (list) => {
          at(ctx, e.span);
          ctx.builder.emit("ListUpdate", list, row.id, first);
        });
      if (place.kind === "local") return update(registerOf(ctx, place.local));
      withTemp(ctx, place.global.rep, (root) => {
        ctx.builder.emit("LoadGlobal", root, place.global.slot);
        update(root);
        ctx.builder.emit("StoreGlobal", place.global.slot, root);
      });
    });
  },
  cover: (ctx, e) => void ctx.builder.emit("Cover", e.counter),
  print: (ctx, e) =>
    withValue(ctx, e.value, undefined, (value) => {
      at(ctx, e.span);
      ctx.builder.emit("Print", value);
    }),
  log: (ctx, e) =>
    withValue(ctx, e.value, undefined, (value) => {
      at(ctx, e.span);
      ctx.builder.emit("Log", value, LOG_LEVELS[e.level]);
    }),
  emit: (ctx, e) =>
    withValue(ctx, e.value, "table", (rows) => {
      at(ctx, e.span);
      ctx.builder.emit("Emit", rows);
    }),
  fetch: (ctx, e) =>
    withValue(ctx, e.cursor, "cursor", (cursor) => {
      const { builder } = ctx;
      const found = registerOf(ctx, e.found);
      // The locals are read only when there was a row, but on every path they must hold something.
      for (const local of [...e.cells, ...(e.row === undefined ? [] : [e.row])])
        builder.emit("LoadNull", registerOf(ctx, local));
      at(ctx, e.span);
      builder.emit("Fetch", found, cursor);
      const region = builder.open("if");
      builder.emit("JumpUnlessTrue", found, region.end);
      e.cells.forEach((cell, column) => builder.emit("RowCell", registerOf(ctx, cell), cursor, column));
      if (e.row !== undefined) rowInto(ctx, e.row, (register) => void builder.emit("RowStruct", register, cursor));
      builder.close(region);
    }),
  closeCursor: (ctx, e) => withValue(ctx, e.cursor, "cursor", (cursor) => void ctx.builder.emit("CloseRows", cursor)),
};

/** Emits statements in order. */
export function emitStatements(ctx: Emission, statements: readonly CoreStatement[]): void {
  for (const statement of statements) {
    at(ctx, statement.span);
    const emitter = EMITTERS[statement.kind] as (ctx: Emission, e: CoreStatement) => void;
    emitter(ctx, statement);
  }
}

function emitSet(ctx: Emission, e: Of<"set">): void {
  const { place } = e;
  if (place.kind === "local") return keep(ctx, e.value, registerOf(ctx, place.local));
  withTemp(ctx, place.global.rep, (value) => {
    keep(ctx, e.value, value);
    ctx.builder.emit("StoreGlobal", place.global.slot, value);
  });
}

function emitIf(ctx: Emission, e: Of<"if">): void {
  const { builder } = ctx;
  const region = builder.open("if");
  if (e.otherwise.length === 0) {
    jumpUnless(ctx, e.condition, region.end);
    emitStatements(ctx, e.then);
  } else {
    jumpUnless(ctx, e.condition, region.middle);
    emitStatements(ctx, e.then);
    builder.emit("Jump", region.end);
    builder.otherwise(region);
    emitStatements(ctx, e.otherwise);
  }
  builder.close(region);
}

function emitReturn(ctx: Emission, e: Of<"return">): void {
  const { resultRep } = ctx.routine;
  if (resultRep === "void") {
    if (e.value !== undefined) emitForEffect(ctx, e.value);
    return leaveRoutine(ctx, undefined);
  }
  const value: CoreExpression = e.value ?? { kind: "constant", span: e.span, rep: "any", value: { kind: "null" } };
  // A variable of this call is not needed again, so it is not marked as shared; what came out of a container is.
  if (value.kind === "local") return withValue(ctx, value, resultRep, (result) => leaveRoutine(ctx, result));
  withTemp(ctx, resultRep, (result) => {
    keep(ctx, value, result);
    leaveRoutine(ctx, result);
  });
}

/** Computes a value that nobody wants. */
export function emitForEffect(ctx: Emission, e: CoreExpression): void {
  switch (e.kind) {
    case "constant":
    case "local":
    case "global":
      return;
    case "convert":
      return emitForEffect(ctx, e.value);
    case "block":
      emitStatements(ctx, e.statements);
      return emitForEffect(ctx, e.result);
    case "call":
    case "callClosure":
    case "intrinsic":
    case "startAsync":
    case "await":
    case "manage":
    case "executeText":
      return ctx.program.rules.value(ctx, e, NO_REGISTER);
    case "execute":
      return emitExecuted(ctx, e);
    default:
      return withTemp(ctx, e.rep, (dst) => ctx.program.rules.value(ctx, e, dst));
  }
}
