// Printed SQL with its parameter slots in place, so that a piece can be moved or doubled and each `?` keeps its value.
import type { Slot } from "./bind.ts";

/** Text and slots in order. */
export type Fragment = readonly (string | Slot)[];

/** Joins texts and fragments. */
export function sql(...pieces: readonly (string | Fragment)[]): Fragment {
  return pieces.flatMap((piece) => (typeof piece === "string" ? [piece] : piece));
}

/** Joins fragments with a separator. */
export function joinFragments(fragments: readonly Fragment[], separator: string): Fragment {
  return fragments.flatMap((fragment, i) => (i === 0 ? fragment : [separator, ...fragment]));
}

/** Fills a template: `#1` is the first argument, `#*` all of them with commas. */
export function fillTemplate(template: string, args: readonly Fragment[]): Fragment {
  return template.split(/(#\*|#\d+)/).flatMap((piece): Fragment => {
    if (piece === "#*") return joinFragments(args, ", ");
    if (!/^#\d+$/.test(piece)) return [piece];
    return args[Number(piece.slice(1)) - 1] ?? ["NULL"];
  });
}

/** The text to prepare and the slots of its `?` in order. */
export function finishFragment(fragment: Fragment): { readonly text: string; readonly slots: readonly Slot[] } {
  let text = "";
  const slots: Slot[] = [];
  for (const piece of fragment) {
    if (typeof piece === "string") text += piece;
    else {
      text += "?";
      slots.push(piece);
    }
  }
  return { text, slots };
}
