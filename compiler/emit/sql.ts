// SQL: forms as constants, parameters in consecutive registers.
import type { SqlForm } from "../../base/sql-form.ts";
import type { OpcodeName } from "../../bytecode/opcodes.ts";
import { NO_REGISTER } from "../../bytecode/program.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression } from "../lower/core.ts";
import { at, exactly, withBlock, withTemp, type Emission } from "./context.ts";

type Of<K extends CoreExpression["kind"]> = Extract<CoreExpression, { readonly kind: K }>;

/** Emits an instruction that runs a form with its arguments. */
export function withForm(
  ctx: Emission,
  e: { readonly form: SqlForm; readonly args: readonly CoreExpression[]; readonly span: CoreExpression["span"] },
  emit: (form: number, first: number) => void,
): void {
  withBlock(
    ctx,
    e.args.map((argument) => argument.rep),
    (first) => {
      e.args.forEach((argument, position) => ctx.program.rules.value(ctx, argument, first + position));
      at(ctx, e.span);
      emit(ctx.program.builder.constant({ kind: "sql", form: e.form }), first);
    },
  );
}

const QUERIES: Readonly<
  Record<Of<"query">["result"], { readonly name: OpcodeName; readonly type: RegisterType | undefined }>
> = {
  table: { name: "Query", type: "table" },
  scalar: { name: "QueryScalar", type: undefined },
  row: { name: "QueryOne", type: "struct?" },
  exists: { name: "QueryExists", type: "bool" },
};

export function emitQuery(ctx: Emission, e: Of<"query">, dst: number): void {
  const { name, type } = QUERIES[e.result];
  const run = (register: number): void =>
    withForm(ctx, e, (form, first) => void ctx.builder.emit(name, register, form, first));
  if (type === undefined) run(dst);
  else exactly(ctx, type, dst, run);
}

export function emitExecute(ctx: Emission, e: Of<"execute">, dst: number): void {
  if (e.result === "rows")
    return exactly(ctx, "table", dst, (register) =>
      withForm(ctx, e, (form, first) => void ctx.builder.emit("ExecuteReturning", register, form, first)),
    );
  exactly(ctx, "int", dst, (register) =>
    withForm(ctx, e, (form, first) => void ctx.builder.emit("Execute", register, form, first)),
  );
}

/** A statement whose result nobody wants. */
export function emitExecuted(ctx: Emission, e: Of<"execute">): void {
  if (e.result === "changes")
    return withForm(ctx, e, (form, first) => void ctx.builder.emit("Execute", NO_REGISTER, form, first));
  withTemp(ctx, "any", (dst) => ctx.program.rules.value(ctx, e, dst));
}

export function emitExecuteText(ctx: Emission, e: Of<"executeText">, dst: number): void {
  withBlock(ctx, ["string", ...e.args.map((argument) => argument.rep)], (first) => {
    ctx.program.rules.value(ctx, e.text, first);
    e.args.forEach((argument, position) => ctx.program.rules.value(ctx, argument, first + 1 + position));
    at(ctx, e.span);
    ctx.builder.emit(
      "ExecuteText",
      dst,
      ctx.program.builder.constant({ kind: "names", names: e.names.map((name) => name ?? null) }),
      first,
    );
  });
}

export function emitOpenCursor(ctx: Emission, e: Of<"openCursor">, dst: number): void {
  exactly(ctx, "cursor", dst, (register) =>
    withForm(ctx, e, (form, first) => void ctx.builder.emit("OpenRows", register, form, first)),
  );
}

export function emitManage(ctx: Emission, e: Of<"manage">, dst: number): void {
  withBlock(
    ctx,
    e.args.map((argument) => argument.rep),
    (first) => {
      e.args.forEach((argument, position) => ctx.program.rules.value(ctx, argument, first + position));
      at(ctx, e.span);
      ctx.builder.emit(
        "Manage",
        dst,
        ctx.program.builder.constant({
          kind: "management",
          management: { form: e.form, argumentCount: e.args.length },
        }),
        first,
      );
    },
  );
}
