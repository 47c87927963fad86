// The text of a trigger that was written for SQLite with a switch in it: one that is off has a WHEN that is false, between marks that tell where its own stands.
import { whenOf } from "./engine-trigger.ts";

const ALONE = "WHEN 0 /* gobi: off */ ";
const OPEN = "0 /* gobi: off from here */ AND (";
const CLOSE = "\n/* gobi: off to here */)";

/** Whether the text is one that is off. */
export function isSwitchedOff(text: string): boolean {
  return text.includes(ALONE) || (text.includes(OPEN) && text.includes(CLOSE));
}

/** The text of the trigger while it is off; the same text when it is not understood. */
export function switchedOff(text: string): string {
  const when = whenOf(text);
  if (when === undefined) return text;
  const { start, end } = when;
  return start === end
    ? `${text.slice(0, start)}${ALONE}${text.slice(start)}`
    : `${text.slice(0, start)}${OPEN}${text.slice(start, end)}${CLOSE}${text.slice(end)}`;
}

/** The text as it was. */
export function switchedOn(text: string): string {
  return text.replace(ALONE, "").replace(OPEN, "").replace(CLOSE, "");
}
