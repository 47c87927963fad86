// What keys do while the last line asks something: a text is typed, taken or left; a question is answered with y or n.
import type { ActionRow, Deed, RowFields } from "./sections.ts";
import type { Prompt } from "./state.ts";

/** What comes of a key. */
export type PromptStep =
  | { readonly kind: "edit"; readonly prompt: Prompt }
  /** `undo`: what was typed holds no more. */
  | { readonly kind: "close"; readonly undo: boolean }
  | { readonly kind: "quit" }
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "given"; readonly text: string; readonly action: ActionRow; readonly row: RowFields }
  | { readonly kind: "confirmed"; readonly name: string; readonly deed: Deed }
  | { readonly kind: "nothing" };

/** Keys that are no text. */
const NAMED = /^(?:up|down|left|right|pageup|pagedown|home|end|tab|shift-tab|ctrl-.*)$/u;

/** Carries a key out. */
export function promptKey(prompt: Prompt, key: string): PromptStep {
  if (key === "ctrl-c") return { kind: "quit" };
  if (key === "escape") return { kind: "close", undo: true };
  if (prompt.kind === "confirm") {
    if (key === "y" || key === "Y") return { kind: "confirmed", name: prompt.name, deed: prompt.deed };
    return key === "n" || key === "N" || key === "q" ? { kind: "close", undo: true } : { kind: "nothing" };
  }
  if (key === "enter") return entered(prompt);
  if (key === "backspace") {
    if (prompt.text === "") return { kind: "close", undo: true };
    return { kind: "edit", prompt: { ...prompt, text: [...prompt.text].slice(0, -1).join("") } };
  }
  if (key === "ctrl-u") return { kind: "edit", prompt: { ...prompt, text: "" } };
  if (NAMED.test(key)) return { kind: "nothing" };
  return { kind: "edit", prompt: { ...prompt, text: prompt.text + key } };
}

function entered(prompt: Exclude<Prompt, { kind: "confirm" }>): PromptStep {
  switch (prompt.kind) {
    case "filter":
      return { kind: "close", undo: false };
    case "command":
      return { kind: "command", text: prompt.text };
    case "arguments":
      return { kind: "given", text: prompt.text, action: prompt.action, row: prompt.row };
  }
}
