// Recording effects while checking, and adding them up when all routines are known.
// A frame is a region (body, try block, call); the tree of frames is evaluated after each recursive group of routines, because callees of the
// same group are known only then.
import type { Span } from "../../base/source.ts";
import type { Need } from "../../base/privileges.ts";
import type { Effects } from "../effects/effects.ts";
import { effectsWith, joinEffects } from "../effects/join.ts";
import type { CheckContext, EffectFrame, ModuleState, RaiseSite } from "./context.ts";
import type { RoutineInfo } from "./checked.ts";
import { isErrorWithin } from "./error-types.ts";

/** A frame without effects. */
export function newFrame(): EffectFrame {
  return { own: [], raises: [], callees: [], children: [], catches: [] };
}

/** Adds effects that are known in full: of a SQL statement, an intrinsic. Their `raises` are not sites; use recordRaise for these. */
export function recordEffects(ctx: CheckContext, effects: Partial<Effects>): void {
  ctx.frame.own.push(effectsWith(effects));
}

/** Adds an error that may escape from here. `cause` is shown: "the unique key users.email". */
export function recordRaise(ctx: CheckContext, error: string, span: Span, cause: string): void {
  ctx.frame.raises.push({ error, place: { span, item: ctx.item }, cause });
}

/** Adds a call of a routine: its effects and escaping errors become ours. `cause` says how it comes about, for messages; `version` is the one written, `p@2`. */
export function recordCallee(
  ctx: CheckContext,
  routine: RoutineInfo,
  span: Span,
  cause = `the call of ${routine.name}`,
  version?: number,
): void {
  const needs = isStored(routine) ? [executeNeed(routine, version)] : [];
  ctx.frame.own.push(effectsWith({ calls: [routine.name], needs }));
  ctx.frame.callees.push({ routine, place: { span, item: ctx.item }, cause });
}

/** Adds a trigger that a statement fires: its effects and errors become ours, what it needs is asked of its owner. */
export function recordFired(ctx: CheckContext, trigger: RoutineInfo, span: Span): void {
  ctx.frame.own.push(effectsWith({ calls: [trigger.name], fires: [trigger.name] }));
  const cause = `the trigger ${trigger.name}`;
  ctx.frame.callees.push({ routine: trigger, place: { span, item: ctx.item }, cause, fired: true });
}

/** Whether a routine was stored before this text: what it does is between it and its owner or caller. */
function isStored(routine: RoutineInfo): boolean {
  return routine.origin === "catalog";
}

function executeNeed(routine: RoutineInfo, version: number | undefined): Need {
  const objectName = version === undefined ? routine.name : `${routine.name}@${version}`;
  return { privilege: "EXECUTE", objectKind: routine.routine, objectName, columns: undefined };
}

/** Runs `body` with a frame of its own inside the current one and gives that frame. */
export function withFrame(ctx: CheckContext, body: () => void): EffectFrame {
  const outer = ctx.frame;
  const frame = newFrame();
  outer.children.push(frame);
  ctx.frame = frame;
  body();
  ctx.frame = outer;
  return frame;
}

/** All effects of a frame with its children and callees as known now; `raises` holds what leaves the frame. */
export function frameEffects(state: ModuleState, frame: EffectFrame): Effects {
  const parts: Effects[] = [];
  collect(frame, parts);
  const raises = [...new Set(escapingRaises(state, frame).map((site) => site.error))].sort();
  return { ...joined(frame, parts), raises };
}

/** The sum of what a frame had last. Effects settle in rounds, and an edit changes few of them: most sums are of the same parts again. */
const SUMS = new WeakMap<EffectFrame, { readonly parts: readonly Effects[]; readonly sum: Effects }>();

function joined(frame: EffectFrame, parts: readonly Effects[]): Effects {
  const known = SUMS.get(frame);
  if (known?.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.sum;
  const sum = joinEffects(parts);
  SUMS.set(frame, { parts, sum });
  return sum;
}

/** Effects of callees that ask for their own needs themselves. */
const WITHOUT_NEEDS = new WeakMap<Effects, Effects>();

function withoutNeeds(effects: Effects): Effects {
  let known = WITHOUT_NEEDS.get(effects);
  if (known === undefined) {
    known = { ...effects, needs: [], fires: [] };
    WITHOUT_NEEDS.set(effects, known);
  }
  return known;
}

/** What a frame does itself, added up; `count` parts were there then. Bodies are evaluated again and again while effects settle. */
const OWN_EFFECTS = new WeakMap<EffectFrame, { readonly count: number; readonly effects: Effects }>();

function ownEffects(frame: EffectFrame): Effects {
  const known = OWN_EFFECTS.get(frame);
  if (known?.count === frame.own.length) return known.effects;
  const effects = joinEffects(frame.own);
  OWN_EFFECTS.set(frame, { count: frame.own.length, effects });
  return effects;
}

function collect(frame: EffectFrame, into: Effects[]): void {
  if (frame.own.length > 0) into.push(ownEffects(frame));
  for (const { routine, fired } of frame.callees)
    into.push(fired === true || isStored(routine) ? withoutNeeds(routine.effects) : routine.effects);
  for (const child of frame.children) collect(child, into);
}

/** The errors that leave a frame, each with the place where it comes about in this body. */
export function escapingRaises(state: ModuleState, frame: EffectFrame): readonly RaiseSite[] {
  const sites: RaiseSite[] = [...frame.raises];
  for (const { routine, place, cause } of frame.callees) {
    for (const error of routine.raises ?? routine.effects.raises) sites.push({ error, place, cause });
  }
  for (const child of frame.children) sites.push(...escapingRaises(state, child));
  const { catches } = frame;
  if (catches === "all") return [];
  return catches.length === 0
    ? sites
    : sites.filter((site) => !catches.some((caught) => isErrorWithin(state, site.error, caught)));
}
