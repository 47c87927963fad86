// The native matchers mean what the .ohm text says, with the JavaScript stack and with one of our own: the same concrete tree on every fixture and listing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CstNode, matchRule, matchRuleDeep, matchRulePurely, pureGrammar } from "../../grammar/engine.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const folders = ["parse", "listings", "syntax-errors"];
const files = folders.flatMap((folder) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => name.endsWith(".grz"))
    .map((name) => join(folder, name)),
);

/** Rules and places; what stands below a lexical rule is its own business. */
function shape(node: CstNode, start: number, offset: number, into: string[]): void {
  const name = node.ctorName;
  const at = start + offset;
  if (name === "_iter") {
    node.children?.forEach((child, i) => {
      shape(child, start, node.childOffsets?.[i] ?? 0, into);
    });
    return;
  }
  // A keyword is a rule in one and a leaf in the other; marks have no rule.
  into.push(`${name} ${at}+${node.matchLength}`);
  if (/^[A-Z]/.test(name))
    node.children?.forEach((child, i) => {
      shape(child, at, node.childOffsets?.[i] ?? 0, into);
    });
}

function shapeOf(match: { node: CstNode; start: number } | undefined): readonly string[] | undefined {
  if (match === undefined) return undefined;
  const into: string[] = [];
  shape(match.node, match.start, 0, into);
  return into;
}

describe("native leaves", () => {
  const pure = pureGrammar();
  it.each(files)("read %s as the grammar does", (name) => {
    const text = readFileSync(join(fixtures, name), "utf8");
    expect(shapeOf(matchRule(text, "Items"))).toEqual(shapeOf(matchRulePurely(pure, text, "Items")));
    expect(shapeOf(matchRuleDeep(text, "Items"))).toEqual(shapeOf(matchRule(text, "Items")));
  });

  it("read changed fixtures as the grammar does", () => {
    const items = files
      .flatMap((name) => readFileSync(join(fixtures, name), "utf8").split(/\n(?=\S)/))
      .filter((text) => text.length < 300);
    const tokens = [
      ...Object.keys(KEYWORDS),
      "(",
      ")",
      "{",
      "}",
      "[",
      "]",
      ";",
      ",",
      ".",
      "..",
      "=",
      "=>",
      "->",
      "::",
      "<{",
      "}>",
      "'s'",
      "'",
      '"',
      "1.",
      "...",
      "\n",
      "-- c\n",
      "@",
      "$",
      "?",
      "x",
    ];
    const change = fc.record({
      item: fc.nat(items.length - 1),
      at: fc.nat(2000),
      cut: fc.nat(5),
      token: fc.constantFrom(...tokens),
    });
    fc.assert(
      fc.property(change, ({ item, at, cut, token }) => {
        const text = items[item] ?? "";
        const place = at % (text.length + 1);
        const changed = `${text.slice(0, place)} ${token} ${text.slice(place + cut)}`;
        const found = shapeOf(matchRule(changed, "Items"));
        expect(found).toEqual(shapeOf(matchRulePurely(pure, changed, "Items")));
        expect(shapeOf(matchRuleDeep(changed, "Items"))).toEqual(found);
      }),
      { numRuns: 400, seed: 5 },
    );
  });
});
