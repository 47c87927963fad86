// Where each key of a TOML text stands. smol-toml reads the values but tells no places, so this walks over the text once more:
// tables, keys and the ends of values, nothing else. Only meant for texts that smol-toml has accepted.

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** Places by dotted name: of each table header and each key. Keys inside inline tables have the place of the outermost one. */
export function tomlPlaces(text: string): ReadonlyMap<string, TextPlace> {
  const places = new Map<string, TextPlace>();
  const cursor: Cursor = { text, at: 0 };
  let table: readonly string[] = [];
  // A dotted key makes the tables before it too.
  const note = (within: readonly string[], path: readonly string[], offset: number): void => {
    for (let length = 1; length <= path.length; length += 1) {
      const name = [...within, ...path.slice(0, length)].join(".");
      if (!places.has(name)) places.set(name, placeOf(text, offset));
    }
  };
  for (;;) {
    skip(cursor, /[\s]*(?:#[^\n]*[\s]*)*/y);
    if (cursor.at >= text.length) return places;
    const start = cursor.at;
    const header = skip(cursor, /\[{1,2}[ \t]*/y);
    const path = keyPath(cursor);
    if (header > 0) {
      table = path;
      note([], table, start);
      skip(cursor, /[^\n]*/y);
    } else {
      note(table, path, start);
      skip(cursor, /[ \t]*=[ \t]*/y);
      skipValue(cursor);
    }
  }
}

/** Moves over what the sticky pattern matches; gives the number of characters. */
function skip(cursor: Cursor, pattern: RegExp): number {
  pattern.lastIndex = cursor.at;
  const length = pattern.exec(cursor.text)?.[0].length ?? 0;
  cursor.at += length;
  return length;
}

function keyPath(cursor: Cursor): readonly string[] {
  const parts: string[] = [];
  do {
    skip(cursor, /[ \t]*/y);
    const start = cursor.at;
    if (skip(cursor, /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y) > 0) parts.push(cursor.text.slice(start + 1, cursor.at - 1));
    else {
      // At least one character, so that a text that is no TOML ends too.
      if (skip(cursor, /[\w-]+/y) === 0) cursor.at += 1;
      parts.push(cursor.text.slice(start, cursor.at));
    }
    skip(cursor, /[ \t]*/y);
  } while (skip(cursor, /\./y) > 0);
  return parts;
}

/** To the end of a value: strings and comments are passed whole, brackets are counted, and a line end outside of them ends it. */
function skipValue(cursor: Cursor): void {
  let depth = 0;
  while (cursor.at < cursor.text.length) {
    const strings = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/y;
    if (skip(cursor, strings) > 0) continue;
    const character = cursor.text[cursor.at];
    cursor.at += 1;
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    else if (character === "\n" && depth <= 0) return;
  }
}

function placeOf(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
