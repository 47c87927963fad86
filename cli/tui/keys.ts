// The keys of the terminal interface: one table. What a key does, the help page and docs/tui.md derive from it; keys of actions on rows stand with their section.

/** One thing that a key asks for. */
interface KeyRow {
  /** Names of keys as readKey gives them. */
  readonly keys: readonly string[];
  /** As the help shows them. */
  readonly shown: string;
  readonly doc: string;
  /** Where it holds: in lists, in details, or in both. */
  readonly where: "list" | "details" | "both";
}

/** Every key but those of sections and actions. */
export const KEYS = {
  help: { keys: ["?"], shown: "?", doc: "This page.", where: "both" },
  quit: { keys: ["q", "ctrl-c"], shown: "q, Ctrl-C", doc: "Leave.", where: "both" },
  up: { keys: ["up", "k"], shown: "↑ k", doc: "One line up.", where: "both" },
  down: { keys: ["down", "j"], shown: "↓ j", doc: "One line down.", where: "both" },
  pageUp: { keys: ["pageup", "ctrl-b"], shown: "PgUp, Ctrl-B", doc: "One page up.", where: "both" },
  pageDown: { keys: ["pagedown", "ctrl-f", " "], shown: "PgDn, Ctrl-F", doc: "One page down.", where: "both" },
  top: { keys: ["home", "g"], shown: "Home, g", doc: "To the first line.", where: "both" },
  bottom: { keys: ["end", "G"], shown: "End, G", doc: "To the last line.", where: "both" },
  next: { keys: ["tab"], shown: "Tab", doc: "Next section; in details the next page.", where: "both" },
  previous: { keys: ["shift-tab"], shown: "Shift-Tab", doc: "Section or page before.", where: "both" },
  left: { keys: ["left"], shown: "←", doc: "Columns further left; in details the page before.", where: "both" },
  right: { keys: ["right"], shown: "→", doc: "Columns further right; in details the next page.", where: "both" },
  open: { keys: ["enter"], shown: "Enter", doc: "Details of the row.", where: "list" },
  back: { keys: ["escape"], shown: "Esc", doc: "Back; in a list: without the filter.", where: "both" },
  filter: { keys: ["/"], shown: "/", doc: "Show only rows with a text; !text shows those without it.", where: "list" },
  command: { keys: [":"], shown: ":", doc: "Go to a section by its name, or :q.", where: "both" },
  sort: { keys: ["s"], shown: "s", doc: "Sort by the next column.", where: "list" },
  reverse: { keys: ["S"], shown: "S", doc: "Sort the other way round.", where: "list" },
  refresh: { keys: ["R", "ctrl-r"], shown: "R, Ctrl-R", doc: "Load again.", where: "both" },
} as const satisfies Readonly<Record<string, KeyRow>>;

/** What a key asks for. */
export type KeyName = keyof typeof KEYS;

/** What a key asks for on a page; undefined: nothing. */
export function keyName(key: string, page: "list" | "details"): KeyName | undefined {
  for (const [name, row] of Object.entries(KEYS) as [KeyName, KeyRow][])
    if (row.keys.includes(key) && (row.where === "both" || row.where === page)) return name;
  return undefined;
}

/** A key as ink tells it. */
export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly shift: boolean;
  readonly ctrl: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
}

const NAMED: readonly (readonly [keyof PressedKey, string])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  // Terminals send for the key of that name what ink calls delete.
  ["delete", "backspace"],
];

/**
 * The keys of what ink tells at once: one by its name (`up`, `ctrl-r`, `shift-tab`), or character by character what was typed or pasted.
 * A line end is Enter only at the end: what was pasted in the middle of a text confirms nothing.
 */
export function readKeys(input: string, key: PressedKey): readonly string[] {
  if (key.tab) return [key.shift ? "shift-tab" : "tab"];
  for (const [field, name] of NAMED) if (key[field]) return [name];
  if (key.ctrl) return [`ctrl-${input}`];
  const typed = [...input.replace(/[\r\n]+$/u, "")].map((character) => (/[\r\n]/u.test(character) ? " " : character));
  return typed.length < [...input].length && /[\r\n]$/u.test(input) ? [...typed, "enter"] : typed;
}
