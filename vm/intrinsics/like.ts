// LIKE and GLOB in code. Both are matched greedily with one point to return to (the last `%` or `*`), so the time is at most text times pattern.
// LIKE ignores the case of ASCII letters, as SQLite's does; GLOB does not.
import { pointList } from "../../base/value/code-points.ts";
import type { Work } from "../../base/value/work.ts";
import { outOfRange } from "./arguments.ts";

type Step = { readonly kind: "any" } | { readonly kind: "one"; readonly test: (point: string) => boolean };

/** Whether `text LIKE pattern [ESCAPE escape]`. @throws Trap OutOfRange for an escape of more than one character. */
export function matchesLike(text: string, pattern: string, escape: string | undefined, work: Work): boolean {
  return matches(pointList(text), likeSteps(pattern, escape), work);
}

/** Whether `text GLOB pattern`. */
export function matchesGlob(text: string, pattern: string, work: Work): boolean {
  return matches(pointList(text), globSteps(pointList(pattern)), work);
}

function matches(points: readonly string[], steps: readonly Step[], work: Work): boolean {
  let at = 0;
  let step = 0;
  let anyStep = -1;
  let anyAt = 0;
  while (at < points.length) {
    work.spend(1);
    const current = steps[step];
    if (current?.kind === "one" && current.test(points[at] ?? "")) {
      at += 1;
      step += 1;
    } else if (current?.kind === "any") {
      anyStep = step;
      anyAt = at;
      step += 1;
    } else if (anyStep >= 0) {
      anyAt += 1;
      at = anyAt;
      step = anyStep + 1;
    } else {
      return false;
    }
  }
  while (steps[step]?.kind === "any") step += 1;
  return step === steps.length;
}

const ANY: Step = { kind: "any" };
const ONE: Step = { kind: "one", test: () => true };

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function likeSteps(pattern: string, escape: string | undefined): Step[] {
  if (escape !== undefined && pointList(escape).length !== 1) throw outOfRange("ESCAPE takes one character.", escape);
  const steps: Step[] = [];
  const points = pointList(pattern);
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i] ?? "";
    if (point === escape) {
      i += 1;
      steps.push(literalFolded(points[i] ?? ""));
    } else if (point === "%") steps.push(ANY);
    else if (point === "_") steps.push(ONE);
    else steps.push(literalFolded(point));
  }
  return steps;
}

function literalFolded(point: string): Step {
  const folded = foldAscii(point);
  return { kind: "one", test: (other) => other === point || foldAscii(other) === folded };
}

function globSteps(points: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i] ?? "";
    if (point === "*") steps.push(ANY);
    else if (point === "?") steps.push(ONE);
    else if (point === "[") {
      const close = closingBracket(points, i);
      steps.push(setStep(points.slice(i + 1, close)));
      i = close;
    } else steps.push({ kind: "one", test: (other) => other === point });
  }
  return steps;
}

/** A `]` directly after the opening `[` or `[^` belongs to the set. */
function closingBracket(points: readonly string[], open: number): number {
  const first = points[open + 1] === "^" ? open + 3 : open + 2;
  const close = points.indexOf("]", first);
  return close < 0 ? points.length : close;
}

function setStep(members: readonly string[]): Step {
  const negated = members[0] === "^";
  const list = negated ? members.slice(1) : members;
  const test = (point: string): boolean => {
    for (let i = 0; i < list.length; i += 1) {
      const low = list[i] ?? "";
      if (list[i + 1] === "-" && i + 2 < list.length) {
        if (codeOf(point) >= codeOf(low) && codeOf(point) <= codeOf(list[i + 2] ?? "")) return true;
        i += 2;
      } else if (low === point) return true;
    }
    return false;
  };
  return { kind: "one", test: (point) => test(point) !== negated };
}

function codeOf(point: string): number {
  return point.codePointAt(0) ?? 0;
}
