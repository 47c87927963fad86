// Computes with which characters each rule of the grammar may begin, for the look-ahead of the fast grammar (grammar/engine-nodes.ts).
// Works on rule bodies as they stand in grammar/recipe.ts.
import { isWordStart } from "../grammar/characters.ts";
import { CELLS, encodeCells, OTHER } from "../grammar/first-cells.ts";
import { LEAVES } from "../grammar/leaves.ts";
import type { Body } from "../grammar/rule-bodies.ts";

interface First {
  readonly cells: Uint8Array;
  readonly nullable: boolean;
}

const anything = (): First => ({ cells: new Uint8Array(CELLS).fill(1), nullable: true });
const nothing = (): First => ({ cells: new Uint8Array(CELLS), nullable: true });

/** `A` stands for all word starts, `*` for anything. */
function fromCharacters(characters: string): First {
  const cells = new Uint8Array(CELLS);
  for (const character of characters) {
    if (character === "*") return anything();
    if (character !== "A") {
      cells[character.charCodeAt(0)] = 1;
      continue;
    }
    for (let code = 0; code < OTHER; code += 1) if (isWordStart(code)) cells[code] = 1;
    cells[OTHER] = 1;
  }
  return { cells, nullable: false };
}

/** The first sets of all rules, encoded; rules that may be empty have none. */
export function firstSets(bodies: ReadonlyMap<string, Body>, choices: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, string> {
  const known = new Map<string, First>();
  const ofRule = (name: string): First => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const body = bodies.get(name);
    // No rule is left-recursive; should one become so, anything may begin it.
    known.set(name, anything());
    const first = body === undefined ? ofLeaf(name, choices) : ofBody(body, ofRule);
    known.set(name, first);
    return first;
  };
  const sets = new Map<string, string>();
  for (const name of bodies.keys()) {
    const { cells, nullable } = ofRule(name);
    if (!nullable) sets.set(name, encodeCells(cells));
  }
  return sets;
}

function ofLeaf(name: string, choices: ReadonlyMap<string, readonly string[]>): First {
  const words = /^k[A-Z]/.test(name) ? [name.slice(1).toLowerCase()] : choices.get(name);
  if (words !== undefined) return fromCharacters(words.map((word) => word.charAt(0) + word.charAt(0).toUpperCase()).join(""));
  return fromCharacters(LEAVES[name]?.first ?? "*");
}

function ofBody(body: Body, ofRule: (name: string) => First): First {
  if (typeof body === "string") return ofRule(body);
  const [operator, ...parts] = body;
  switch (operator) {
    case "terminal":
      return parts[0] === "" ? nothing() : fromCharacters(String(parts[0]).charAt(0));
    case "not":
    case "lookahead":
      return nothing();
    case "lex":
    case "plus":
      return ofBody(parts[0] as Body, ofRule);
    case "star":
    case "opt":
      return { cells: ofBody(parts[0] as Body, ofRule).cells, nullable: true };
    case "alt": {
      const firsts = parts.map((part) => ofBody(part, ofRule));
      return { cells: union(firsts), nullable: firsts.some((first) => first.nullable) };
    }
    case "seq": {
      const before: First[] = [];
      for (const part of parts) {
        const first = ofBody(part, ofRule);
        before.push(first);
        if (!first.nullable) return { cells: union(before), nullable: false };
      }
      return { cells: union(before), nullable: true };
    }
    default:
      return anything();
  }
}

function union(firsts: readonly First[]): Uint8Array {
  const cells = new Uint8Array(CELLS);
  for (const first of firsts) first.cells.forEach((cell, i) => { if (cell === 1) cells[i] = 1; });
  return cells;
}
