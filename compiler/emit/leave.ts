// Ways out of a region: closes what stands between here and the target, innermost first.
// TryEnd must stand directly before the jump or return, so rows are closed before; code that must run on the way (finally, the end of a transaction)
// is reached by a jump to its region's end with the rest of the way noted in its `pending` register.
import type { Label } from "../lower/core-parts.ts";
import { move, withTemp, type Emission, type Scope } from "./context.ts";
import { emitNull } from "./operators.ts";

type Pending = Extract<Scope, { readonly kind: "pending" }>;

const PENDING_RETURN = 1;
const PENDING_FIRST_EXIT = 3;

/** Goes to the end of the region of a label. */
export function leaveTo(ctx: Emission, label: Label): void {
  const passed: Scope[] = [];
  for (const scope of ctx.scopes.toReversed()) {
    if (scope.kind === "label" && scope.label === label) {
      closeRows(ctx, passed);
      endTries(ctx, passed);
      ctx.builder.emit("Jump", scope.region.end);
      return;
    }
    if (scope.kind === "pending") return leaveLater(ctx, scope, passed, pendingExit(scope, label));
    passed.push(scope);
  }
}

/** Returns; `result` undefined for a void routine. */
export function leaveRoutine(ctx: Emission, result: number | undefined): void {
  const passed: Scope[] = [];
  for (const scope of ctx.scopes.toReversed()) {
    if (scope.kind === "pending") {
      if (result !== undefined) move(ctx, result, scope.result);
      if (!scope.exits.includes("return")) scope.exits.push("return");
      return leaveLater(ctx, scope, passed, PENDING_RETURN);
    }
    passed.push(scope);
  }
  closeRows(ctx, passed);
  endTries(ctx, passed);
  if (result === undefined) ctx.builder.emit("ReturnVoid");
  else ctx.builder.emit("Return", result);
}

function pendingExit(scope: Pending, label: Label): number {
  const known = scope.exits.indexOf(label);
  if (known >= 0) return known + PENDING_FIRST_EXIT;
  scope.exits.push(label);
  return scope.exits.length - 1 + PENDING_FIRST_EXIT;
}

function leaveLater(ctx: Emission, scope: Pending, passed: readonly Scope[], state: number): void {
  ctx.builder.emit("LoadInt", scope.pending, state);
  closeRows(ctx, passed);
  endTries(ctx, passed);
  ctx.builder.emit("Jump", scope.region.end);
}

function closeRows(ctx: Emission, passed: readonly Scope[]): void {
  for (const scope of passed) if (scope.kind === "rows") ctx.builder.emit("CloseRows", scope.cursor);
}

function endTries(ctx: Emission, passed: readonly Scope[]): void {
  for (const scope of passed) if (scope.kind === "try") ctx.builder.leaveTry(scope.open);
}

/** After the code that had to run: continues on the way that was pending. Raised errors are handled by the caller. */
export function continuePending(ctx: Emission, scope: Pending): void {
  const { builder } = ctx;
  scope.exits.forEach((exit, position) => {
    const region = builder.open("if");
    builder.emit(
      "JumpIfNeIntImm",
      scope.pending,
      exit === "return" ? PENDING_RETURN : position + PENDING_FIRST_EXIT,
      region.end,
    );
    if (exit !== "return") leaveTo(ctx, exit);
    else if (ctx.routine.resultRep === "void") leaveRoutine(ctx, undefined);
    else
      withTemp(ctx, ctx.routine.resultRep, (result) => {
        move(ctx, scope.result, result);
        leaveRoutine(ctx, result);
      });
    builder.close(region);
  });
}

/** A pending scope that nothing leaves through yet. */
export function newPending(open: Pending["region"], pending: number, result: number): Pending {
  return { kind: "pending", region: open, pending, result, exits: [] };
}

/** Registers of a pending scope, assigned before its region opens so that they hold something on every path. */
export function pendingRegisters(ctx: Emission): {
  readonly pending: number;
  readonly result: number;
  readonly error: number;
} {
  const pending = ctx.builder.register("int");
  const result = ctx.builder.register("any");
  const error = ctx.builder.register("any");
  ctx.builder.emit("LoadInt", pending, 0);
  emitNull(ctx, result);
  emitNull(ctx, error);
  return { pending, result, error };
}
