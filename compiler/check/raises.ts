// Errors that handlers name: whether the guarded code can raise them, and whether an earlier handler already takes them.
// And at the end of a routine: errors that escape without being declared, and declared ones that nothing raises (LANGUAGE.md 6, 15.22).
import type { Name } from "../syntax/tree.ts";
import type { RoutineInfo } from "./checked.ts";
import type { CheckContext, EffectFrame, ModuleState } from "./context.ts";
import { UNCOUNTED_ERRORS, isErrorWithin, isRootError, knownError } from "./error-types.ts";
import { errorNamed } from "./error-values.ts";
import { problem, problemAt } from "./findings.ts";
import { escapingRaises } from "./frames.ts";

/** Reports handlers that an earlier one hides. Whether the code raises an error at all is reported when all routines are known. */
export function reportHandledErrors(
  ctx: CheckContext,
  frame: EffectFrame,
  handlers: readonly (Name | undefined)[],
): void {
  const earlier: string[] = [];
  for (const handler of handlers) {
    if (handler === undefined) continue;
    const error = errorNamed(ctx, handler).name ?? "Exception";
    if (earlier.some((other) => isErrorWithin(ctx.state, error, other)))
      problem(ctx, "CatchHidden", handler.span, { error });
    earlier.push(error);
    ctx.state.handlers.push({ error, frame, place: { span: handler.span, item: ctx.item } });
  }
}

/** Reports handlers for declared errors that nothing in their block can raise. Open calls (late binding, dynamic SQL) may raise anything. */
export function reportIdleHandlers(state: ModuleState): void {
  for (const { error, frame, place } of state.handlers) {
    if (UNCOUNTED_ERRORS.has(error) || isRootError(error) || mayRaiseAnything(frame)) continue;
    const raised = [
      ...escapingRaises(state, { ...frame, catches: [] }),
      ...calleeRaises(frame).map((each) => ({ error: each })),
    ];
    const possible = raised.some(
      (site) =>
        isErrorWithin(state, site.error, error) || isErrorWithin(state, error, site.error) || isRootError(site.error),
    );
    if (!possible) problemAt(state, place, "UnreachableCatch", { error });
  }
}

/** What callees raise whether they declare it or not. */
function calleeRaises(frame: EffectFrame): readonly string[] {
  return [...frame.callees.flatMap(({ routine }) => routine.effects.raises), ...frame.children.flatMap(calleeRaises)];
}

function mayRaiseAnything(frame: EffectFrame): boolean {
  return (
    frame.own.some(
      (effects) => effects.dynamic || effects.writes.length > 0 || effects.defines.length > 0 || effects.manages,
    ) ||
    frame.callees.some(({ routine }) => routine.effects.dynamic) ||
    frame.children.some(mayRaiseAnything)
  );
}

/** Compares what escapes from a routine with its `raises` clause. */
export function reportRaises(state: ModuleState, routine: RoutineInfo, frame: EffectFrame): void {
  const { raises, declaration, item } = routine;
  if (raises === undefined || item === undefined) return;
  const severity = state.environment.strict ? ("error" as const) : ("warning" as const);
  const reported = new Set<string>();
  for (const site of escapingRaises(state, frame)) {
    if (UNCOUNTED_ERRORS.has(site.error) || isRootError(site.error) || reported.has(site.error)) continue;
    if (raises.some((declared) => isErrorWithin(state, site.error, declared))) continue;
    reported.add(site.error);
    const names = declaration.raises ?? [];
    const last = names.at(-1);
    const fixes =
      last === undefined
        ? []
        : [
            {
              title: `Add ${site.error} to raises`,
              edits: [{ span: { start: last.span.end, end: last.span.end }, text: `, ${site.error}` }],
            },
          ];
    const extras = { severity, help: `It comes from ${site.cause}.`, ...(site.place.item === item ? { fixes } : {}) };
    problemAt(state, site.place, "UndeclaredRaise", { error: site.error, routine: routine.name }, extras);
  }
  reportUnraised(state, routine, frame);
}

function reportUnraised(state: ModuleState, routine: RoutineInfo, frame: EffectFrame): void {
  const { declaration, item } = routine;
  if (item === undefined || declaration.body === undefined || mayRaiseAnything(frame)) return;
  const sites = escapingRaises(state, frame);
  for (const name of declaration.raises ?? []) {
    const declared = knownError(state, name.text) ?? name.text;
    if (isRootError(declared) || UNCOUNTED_ERRORS.has(declared)) continue;
    if (!sites.some((site) => isErrorWithin(state, site.error, declared) || isRootError(site.error)))
      problemAt(state, { span: name.span, item }, "RaisesUnknownCause", { error: name.text, routine: routine.name });
  }
}
