// Lists, maps, structs, tables: making, reading, and changing them in place.
// What is read out of a container, or held by a variable, is marked as shared before it is kept a second time: `keep` does that.
import type { RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression, CoreStatement, PathStep } from "../lower/core.ts";
import type { CoreShape } from "../lower/core-parts.ts";
import { at, exactly, move, registerOf, withBlock, withTemp, withValue, type Emission } from "./context.ts";
import { unlessNull } from "./operators.ts";

type Of<K extends CoreExpression["kind"]> = Extract<CoreExpression, { readonly kind: K }>;

/** Whether the value may be a container that something else refers to as well. */
export function isBorrowed(e: CoreExpression): boolean {
  if (!mayContain(e.rep)) return false;
  switch (e.kind) {
    case "local":
    case "global":
    case "field":
    case "index":
    case "intrinsic":
    case "tableCell":
    case "callClosure":
      return true;
    case "convert":
    case "cast":
      return isBorrowed(e.value);
    case "choose":
      return isBorrowed(e.then) || isBorrowed(e.otherwise);
    case "coalesce":
      return isBorrowed(e.left) || isBorrowed(e.right);
    case "block":
      return isBorrowed(e.result);
    default:
      return false;
  }
}

function mayContain(rep: RegisterType): boolean {
  return (
    rep === "any" ||
    rep === "list" ||
    rep === "map" ||
    rep === "struct" ||
    rep === "list?" ||
    rep === "map?" ||
    rep === "struct?"
  );
}

/** Computes a value that is kept: in a variable, a container, an argument, a capture. */
export function keep(ctx: Emission, e: CoreExpression, dst: number): void {
  const { builder } = ctx;
  if (!isBorrowed(e)) return ctx.program.rules.value(ctx, e, dst);
  if (e.kind === "local") {
    const src = registerOf(ctx, e.local);
    const same = builder.typeOf(src) === builder.typeOf(dst);
    if (same) {
      if (src !== dst) builder.emit("MoveShared", dst, src);
      return;
    }
  }
  ctx.program.rules.value(ctx, e, dst);
  if (mayContain(builder.typeOf(dst))) builder.emit("Share", dst);
}

/** Runs `use` with a register that holds a value which the next instruction keeps. */
export function withKept<T>(ctx: Emission, e: CoreExpression, use: (register: number) => T): T {
  if (!isBorrowed(e)) return withValue(ctx, e, undefined, use);
  return withValue(ctx, e, undefined, (register) => {
    ctx.builder.emit("Share", register);
    return use(register);
  });
}

/** More items than this are pushed one by one, because each would need a register of its own. */
const TOGETHER_MAX = 64;

export function emitList(ctx: Emission, e: Of<"list">, dst: number): void {
  if (e.items.length > TOGETHER_MAX) {
    return withTemp(ctx, "list", (list) => {
      ctx.builder.emit("ListNew", list, 0, 0);
      for (const item of e.items) withKept(ctx, item, (value) => void ctx.builder.emit("ListPush", list, value));
      move(ctx, list, dst);
    });
  }
  exactly(ctx, "list", dst, (register) =>
    withBlock(
      ctx,
      e.items.map((item) => item.rep),
      (first) => {
        e.items.forEach((item, position) => keep(ctx, item, first + position));
        ctx.builder.emit("ListNew", register, first, e.items.length);
      },
    ),
  );
}

export function emitMap(ctx: Emission, e: Of<"map">, dst: number): void {
  withTemp(ctx, "map", (map) => {
    ctx.builder.emit("MapNew", map);
    for (const entry of e.entries) {
      withValue(ctx, entry.key, "string", (key) =>
        withKept(ctx, entry.value, (value) => void ctx.builder.emit("MapSet", map, key, value)),
      );
    }
    move(ctx, map, dst);
  });
}

/** Index of the constant of a shape. */
export function shapeConstant(ctx: Emission, shape: CoreShape): number {
  return ctx.program.builder.constant({ kind: "shape", name: shape.name, fields: shape.fields });
}

export function emitStruct(ctx: Emission, e: Of<"struct">, dst: number): void {
  exactly(ctx, "struct", dst, (register) =>
    withBlock(
      ctx,
      e.items.map((item) => item.rep),
      (first) => {
        e.items.forEach((item, slot) => keep(ctx, item, first + slot));
        ctx.builder.emit("StructNew", register, shapeConstant(ctx, e.shape), first);
      },
    ),
  );
}

/** `x.f`; null stays null. */
export function emitField(ctx: Emission, e: Of<"field">, dst: number): void {
  const { builder } = ctx;
  withValue(ctx, e.object, undefined, (object) =>
    unlessNull(ctx, object, dst, () => {
      at(ctx, e.span);
      const { slot } = e;
      if (slot === undefined) return void builder.emit("FieldGet", dst, object, ctx.program.builder.string(e.name));
      asType(ctx, object, "struct", (struct) => void builder.emit("StructGet", dst, struct, slot));
    }),
  );
}

// A register of that type with the value, checked where it may be another one.
function asType(ctx: Emission, register: number, type: RegisterType, use: (register: number) => void): void {
  if (ctx.builder.typeOf(register) === type) return use(register);
  withTemp(ctx, type, (typed) => {
    move(ctx, register, typed);
    use(typed);
  });
}

/** `x[i]`; null stays null. */
export function emitIndex(ctx: Emission, e: Of<"index">, dst: number): void {
  const { builder } = ctx;
  withValue(ctx, e.object, undefined, (object) =>
    withValue(ctx, e.index, undefined, (index) =>
      unlessNull(ctx, object, dst, () => {
        at(ctx, e.span);
        if (e.of === "list" && e.index.rep === "int")
          return asType(ctx, object, "list", (list) => void builder.emit("ListGet", dst, list, index));
        if (e.of === "map" && e.index.rep === "string")
          return asType(ctx, object, "map", (map) => void builder.emit("MapGet", dst, map, index));
        if (e.of === "table" && e.index.rep === "int") {
          return asType(ctx, object, "table", (table) =>
            exactly(ctx, "struct", dst, (row) => void builder.emit("TableRow", row, table, index)),
          );
        }
        builder.emit("IndexGet", dst, object, index);
      }),
    ),
  );
}

/** `x[a:b]`; null stays null. */
export function emitSlice(ctx: Emission, e: Of<"slice">, dst: number): void {
  const { builder } = ctx;
  withValue(ctx, e.object, undefined, (object) =>
    withBlock(ctx, ["any", "any"], (bounds) => {
      [e.from, e.to].forEach((bound, end) => {
        if (bound === undefined) builder.emit("LoadNull", bounds + end);
        else ctx.program.rules.value(ctx, bound, bounds + end);
      });
      unlessNull(ctx, object, dst, () => {
        at(ctx, e.span);
        builder.emit("Slice", dst, object, bounds);
      });
    }),
  );
}

/** Number of items, entries or rows. */
export function emitLength(ctx: Emission, e: Of<"length">, dst: number): void {
  const name = e.value.rep === "list" ? "ListLen" : e.value.rep === "map" ? "MapLen" : "TableLen";
  exactly(ctx, "int", dst, (register) =>
    withValue(
      ctx,
      e.value,
      e.value.rep === "list" || e.value.rep === "map" ? e.value.rep : "table",
      (value) => void ctx.builder.emit(name, register, value),
    ),
  );
}

/** A cell of a table value. */
export function emitTableCell(ctx: Emission, e: Of<"tableCell">, dst: number): void {
  withBlock(ctx, ["table", "int"], (table) => {
    ctx.builder.emit("Move", table, registerOf(ctx, e.table));
    ctx.builder.emit("Move", table + 1, registerOf(ctx, e.row));
    ctx.builder.emit("TableCell", dst, table, e.column);
  });
}

/** `x.f[i] = v`: owns each container on the way, then sets the last one; or appends to the list at the end of the path. */
export function emitSetPath(
  ctx: Emission,
  e: Extract<CoreStatement, { readonly kind: "setPath" }>,
  root: number,
): void {
  const last = e.path.at(-1);
  withKept(ctx, e.value, (value) => {
    at(ctx, e.span);
    if (last === undefined || e.append)
      return withOwned(ctx, e.path, "list", root, (list) => {
        at(ctx, e.span);
        ctx.builder.emit("ListPush", list, value);
      });
    withOwned(ctx, e.path.slice(0, -1), containerOf(last), root, (container) =>
      setLast(ctx, e, container, last, value),
    );
  });
}

/** Follows a path from a container, each on the way made safe to change in place; what is at its end is put into a register of type `end`. */
export function withOwned(
  ctx: Emission,
  path: readonly PathStep[],
  end: RegisterType,
  container: number,
  use: (inner: number) => void,
): void {
  const [step, ...rest] = path;
  if (step === undefined) return use(container);
  const next = rest[0];
  withTemp(ctx, next === undefined ? end : containerOf(next), (inner) => {
    own(ctx, container, step, inner);
    withOwned(ctx, rest, end, inner, use);
  });
}

// The type of what a step goes into.
function containerOf(step: PathStep): RegisterType {
  if (step.kind === "field") return step.slot === undefined ? "any" : "struct";
  return step.of;
}

// Takes the container that a step leads to, safe to change in place.
function own(ctx: Emission, container: number, step: PathStep, inner: number): void {
  const { builder } = ctx;
  const slot = step.kind === "field" && builder.typeOf(container) === "struct" ? step.slot : undefined;
  if (slot !== undefined) builder.emit("OwnSlot", inner, container, slot);
  else if (step.kind === "field") builder.emit("OwnField", inner, container, ctx.program.builder.string(step.name));
  else withValue(ctx, step.index, undefined, (index) => void builder.emit("OwnItem", inner, container, index));
}

function setLast(
  ctx: Emission,
  e: Extract<CoreStatement, { readonly kind: "setPath" }>,
  container: number,
  step: PathStep,
  value: number,
): void {
  const { builder } = ctx;
  const type = builder.typeOf(container);
  at(ctx, e.span);
  if (step.kind === "field") {
    if (step.slot !== undefined && type === "struct") builder.emit("StructSet", container, step.slot, value);
    else builder.emit("FieldSet", container, ctx.program.builder.string(step.name), value);
    return;
  }
  withValue(ctx, step.index, undefined, (index) => {
    if (type === "list" && step.index.rep === "int") builder.emit("ListSet", container, index, value);
    else if (type === "map" && step.index.rep === "string") builder.emit("MapSet", container, index, value);
    else builder.emit("IndexSet", container, index, value);
  });
}
