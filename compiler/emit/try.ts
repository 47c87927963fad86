// try with handlers and finally, and transaction blocks.
// A finally part is emitted once, behind a try region of its own that all ways out of the statement pass (see CatchEntry in bytecode/program.ts).
import type { CoreStatement } from "../lower/core.ts";
import { inBlock, move, registerOf, withTemp, type Emission } from "./context.ts";
import { continuePending, newPending, pendingRegisters } from "./leave.ts";

type Of<K extends CoreStatement["kind"]> = Extract<CoreStatement, { readonly kind: K }>;

const PENDING_RAISE = 2;

/** A try statement. */
export function emitTry(ctx: Emission, e: Of<"try">): void {
  const last = e.finally;
  if (last === undefined) return emitHandled(ctx, e);
  guarded(
    ctx,
    () => emitHandled(ctx, e),
    () => ctx.program.rules.statements(ctx, last),
  );
}

// The body with its handler, if it has one.
function emitHandled(ctx: Emission, e: Of<"try">): void {
  const { handler } = e;
  if (handler === undefined) return ctx.program.rules.statements(ctx, e.body);
  const { builder } = ctx;
  inBlock(ctx, undefined, (region) => {
    const open = builder.openTry(registerOf(ctx, e.error), e.savepoint);
    ctx.scopes.push({ kind: "try", open });
    ctx.program.rules.statements(ctx, e.body);
    ctx.scopes.pop();
    builder.closeTry(open);
    builder.emit("Jump", region.end);
    builder.startHandler(open);
    ctx.program.rules.statements(ctx, handler);
  });
}

/** Runs `after` on every way out of `body`: its end, jumps, returns and errors. `after` may look at whether an error is on its way. */
function guarded(ctx: Emission, body: () => void, after: (pending: number) => void): void {
  const { builder } = ctx;
  const { pending, result, error } = pendingRegisters(ctx);
  const caught = builder.register("error");
  const around = builder.open("block");
  const open = builder.openTry(caught, false);
  const scope = newPending(open, pending, result);
  ctx.scopes.push(scope);
  body();
  ctx.scopes.pop();
  builder.closeTry(open);
  builder.emit("Jump", around.end);
  builder.startHandler(open);
  builder.emit("LoadInt", pending, PENDING_RAISE);
  builder.emit("Move", error, caught);
  builder.close(around);
  after(pending);
  const raising = builder.open("if");
  builder.emit("JumpIfNeIntImm", pending, PENDING_RAISE, raising.end);
  withTemp(ctx, "error", (again) => {
    move(ctx, error, again);
    builder.emit("Rethrow", again);
  });
  builder.close(raising);
  continuePending(ctx, scope);
  for (const register of [pending, result, error, caught]) builder.release(register);
}

/** `transaction { }`: a savepoint, undone when an error leaves it. `autonomous { }`: a transaction of its own. */
export function emitTransaction(ctx: Emission, e: Of<"transaction">): void {
  const { builder } = ctx;
  const token = builder.register("int");
  const autonomous = e.mode === "autonomous";
  builder.emit(autonomous ? "AutonomousBegin" : "Savepoint", token);
  guarded(
    ctx,
    () => ctx.program.rules.statements(ctx, e.body),
    (pending) => {
      const region = builder.open("if");
      builder.emit("JumpIfEqIntImm", pending, PENDING_RAISE, region.middle);
      if (autonomous) builder.emit("AutonomousEnd", token, 1);
      else builder.emit("Release", token);
      builder.emit("Jump", region.end);
      builder.otherwise(region);
      if (autonomous) builder.emit("AutonomousEnd", token, 0);
      else builder.emit("RollbackTo", token);
      builder.close(region);
    },
  );
  builder.release(token);
}
