// Loops: the only backward jumps. A loop's exit label is a block around it; its next label is a block around its body.
import type { CoreExpression, CoreStatement } from "../lower/core.ts";
import type { Local } from "../lower/core-parts.ts";
import { at, inBlock, move, registerOf, withBlock, type Emission } from "./context.ts";
import { jumpUnless } from "./conditions.ts";
import { keep } from "./containers.ts";
import { immediate } from "./operators.ts";
import { withForm } from "./sql.ts";

type Of<K extends CoreStatement["kind"]> = Extract<CoreStatement, { readonly kind: K }>;

/** An endless loop. */
export function emitLoop(ctx: Emission, e: Of<"loop">): void {
  inBlock(ctx, e.exit, () => {
    const loop = ctx.builder.open("loop");
    inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body));
    // A loop that is stopped here, perhaps one without a body, is stopped at its own line.
    at(ctx, e.span);
    ctx.builder.emit("Loop", loop.start);
    ctx.builder.close(loop);
  });
}

/** A loop with its test at the start. */
export function emitWhile(ctx: Emission, e: Of<"while">): void {
  inBlock(ctx, e.exit, (exit) => {
    const loop = ctx.builder.open("loop");
    jumpUnless(ctx, e.condition, exit.end);
    inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body));
    at(ctx, e.span);
    ctx.builder.emit("Loop", loop.start);
    ctx.builder.close(loop);
  });
}

/** A counted loop: counter, limit and step in consecutive registers. The counter is the Core local itself. */
export function emitCount(ctx: Emission, e: Of<"count">): void {
  const { builder } = ctx;
  withBlock(ctx, ["int", "int", "int"], (counter) => {
    ctx.registers.set(e.local, counter);
    const endName = e.local.hidden ? undefined : builder.local(e.local.name, counter);
    ctx.program.rules.value(ctx, e.from, counter);
    ctx.program.rules.value(ctx, e.to, counter + 1);
    if (e.step === undefined) builder.emit("LoadInt", counter + 2, 1);
    else ctx.program.rules.value(ctx, e.step, counter + 2);
    counted(ctx, { span: e.span, counter, reverse: e.reverse, exit: e.exit }, () =>
      inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body)),
    );
    endName?.();
    ctx.registers.delete(e.local);
  });
}

interface Counted {
  readonly span: CoreExpression["span"];
  readonly counter: number;
  readonly reverse: boolean;
  readonly exit: Of<"count">["exit"];
}

function counted(ctx: Emission, e: Counted, body: () => void): void {
  const { builder } = ctx;
  inBlock(ctx, e.exit, (exit) => {
    at(ctx, e.span);
    builder.emit(e.reverse ? "ForStartDown" : "ForStart", e.counter, exit.end);
    const loop = builder.open("loop");
    body();
    builder.emit(e.reverse ? "ForNextDown" : "ForNext", e.counter, loop.start);
    builder.close(loop);
  });
}

/** Over a list. The list is marked as shared, so that the loop sees it as it was. */
export function emitEachItem(ctx: Emission, e: Of<"eachItem">): void {
  const { builder } = ctx;
  withBlock(ctx, ["list", "int"], (list) => {
    keep(ctx, e.list, list);
    builder.emit("LoadInt", list + 1, 0);
    inBlock(ctx, e.exit, (exit) => {
      const loop = builder.open("loop");
      const item = registerOf(ctx, e.local);
      at(ctx, e.span);
      builder.emit("NextItem", item, list, exit.end);
      if (["any", "list", "map", "struct"].includes(e.local.rep)) builder.emit("Share", item);
      inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body));
      builder.emit("Loop", loop.start);
      builder.close(loop);
    });
  });
}

/** Over rows; only the cells that the body uses are loaded. */
export function emitEachRow(ctx: Emission, e: Of<"eachRow">): void {
  if (e.source.kind === "table") return emitEachTableRow(ctx, e, e.source.table);
  const { builder } = ctx;
  const cursor = builder.register("cursor");
  withForm(ctx, e.source, (form, first) => void builder.emit("OpenRows", cursor, form, first));
  ctx.scopes.push({ kind: "rows", cursor });
  inBlock(ctx, e.exit, (exit) => {
    const loop = builder.open("loop");
    at(ctx, e.span);
    builder.emit("NextRow", cursor, exit.end);
    for (const { column, local } of e.cells) builder.emit("RowCell", registerOf(ctx, local), cursor, column);
    if (e.row !== undefined) rowInto(ctx, e.row.local, (register) => void builder.emit("RowStruct", register, cursor));
    inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body));
    builder.emit("Loop", loop.start);
    builder.close(loop);
  });
  ctx.scopes.pop();
  builder.emit("CloseRows", cursor);
  builder.release(cursor);
}

/** The current row as a struct, in a register of any type. */
export function rowInto(ctx: Emission, local: Local, emit: (register: number) => void): void {
  const dst = registerOf(ctx, local);
  if (ctx.builder.typeOf(dst) === "struct") return emit(dst);
  const register = ctx.builder.register("struct");
  emit(register);
  move(ctx, register, dst);
  ctx.builder.release(register);
}

// Table, row number, last row number and step in consecutive registers.
function emitEachTableRow(ctx: Emission, e: Of<"eachRow">, table: CoreExpression): void {
  const { builder } = ctx;
  withBlock(ctx, ["table", "int", "int", "int"], (first) => {
    const row = first + 1;
    ctx.program.rules.value(ctx, table, first);
    builder.emit("LoadInt", row, 0);
    builder.emit("TableLen", row + 1, first);
    builder.emit("AddIntImm", row + 1, row + 1, -1);
    builder.emit("LoadInt", row + 2, 1);
    counted(ctx, { span: e.span, counter: row, reverse: false, exit: e.exit }, () => {
      for (const { column, local } of e.cells) builder.emit("TableCell", registerOf(ctx, local), first, column);
      if (e.row !== undefined)
        rowInto(ctx, e.row.local, (register) => void builder.emit("TableRow", register, first, row));
      inBlock(ctx, e.next, () => ctx.program.rules.statements(ctx, e.body));
    });
  });
}

/** Constants that loops read again and again, and that no instruction carries by itself. */
export function loopConstants(
  statements: readonly CoreStatement[],
): readonly Extract<CoreExpression, { readonly kind: "constant" }>[] {
  const found: Extract<CoreExpression, { readonly kind: "constant" }>[] = [];
  collect(statements, false, found);
  return found;
}

const LOOPS: ReadonlySet<unknown> = new Set(["loop", "while", "count", "eachItem", "eachRow"]);

function collect(
  node: unknown,
  inLoop: boolean,
  found: Extract<CoreExpression, { readonly kind: "constant" }>[],
): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const part of node) collect(part, inLoop, found);
    return;
  }
  if ("kind" in node) {
    if (node.kind === "lambda" || node.kind === "local") return;
    if (node.kind === "constant" && "rep" in node) {
      const constant = node as Extract<CoreExpression, { readonly kind: "constant" }>;
      if (
        inLoop &&
        immediate(constant) === undefined &&
        constant.value.kind !== "null" &&
        constant.value.kind !== "bool"
      )
        found.push(constant);
      return;
    }
    if (node.kind === "call" && "args" in node) return collect(node.args, inLoop, found);
    if (LOOPS.has(node.kind)) return collect(Object.values(node), true, found);
  }
  for (const [key, part] of Object.entries(node)) if (key !== "form" && key !== "item") collect(part, inLoop, found);
}
