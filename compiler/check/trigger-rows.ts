// Names of a trigger's rows where the trigger has none of them: OLD of an insert, NEW of a statement trigger, `inserted` of a row trigger.
import type { Span } from "../../base/source.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./findings.ts";

/** Reports such a name; false when it is none, or stands outside of triggers. */
export function reportMissingRow(ctx: CheckContext, name: string, span: Span): boolean {
  const { trigger } = ctx.owner;
  const isRow = /^(?:new|old)$/i.test(name);
  if (trigger === undefined || (!isRow && !/^(?:inserted|deleted)$/i.test(name))) return false;
  const fits = isRow === (trigger.each === "row");
  const event = fits ? trigger.events : trigger.each === "row" ? "a row trigger" : "a statement trigger";
  problem(ctx, "MissingOldOrNew", span, { name: isRow ? name.toUpperCase() : name.toLowerCase(), event });
  return true;
}
