// Random operations on lists, in a script and in a function, compared with JavaScript arrays that are copied at every assignment.
// What changes a list in place when nothing else refers to it must give the same as what copies it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testSession } from "../session.ts";

type Items = (number | number[])[];
type Lists = Record<"a" | "b" | "c" | "g", Items>;
/** One operation: a statement, and what it does to the model. @throws RangeError where the statement raises OutOfRange. */
interface Step {
  readonly text: string;
  readonly apply: (lists: Lists) => void;
}

/** `a`, `b` and `c` are lists of ints, `g` is one of lists. */
const FLAT = fc.constantFrom("a", "b", "c");
const INDEX = fc.integer({ min: -5, max: 5 });
const ITEM = fc.integer({ min: -9, max: 9 });

function copy<T extends number | Items>(value: T): T {
  return structuredClone(value);
}

/** A place of a list as the language counts it. @throws RangeError. */
function place(index: number, length: number, last = length - 1): number {
  const at = index < 0 ? index + length : index;
  if (at < 0 || at > last) throw new RangeError(`no place ${index}`);
  return at;
}

function popped(items: Items): Items {
  place(0, items.length);
  return items.slice(0, -1);
}

function inserted(items: Items, index: number, item: number | number[]): Items {
  return items.toSpliced(place(index, items.length, items.length), 0, copy(item) as number);
}

function removed(items: Items, index: number): Items {
  return items.toSpliced(place(index, items.length), 1);
}

function sorted(items: Items, descending: boolean): Items {
  return items.toSorted((left, right) => (Number(left) - Number(right)) * (descending ? -1 : 1));
}

const AS: Readonly<Record<"statement" | "assignment", (name: string, call: string, rest: string) => string>> = {
  statement: (name, call, rest) => `${name}.${call}(${rest})`,
  // `insert` and `remove` mean something else at the start of a call.
  assignment: (name, call, rest) =>
    `${name} = ${call === "insert" ? "insert_at" : call}(${name}${rest === "" ? "" : ", "}${rest})`,
};
const FORM = fc.constantFrom("statement" as const, "assignment" as const);

const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(FORM, FLAT, ITEM).map(
    ([form, to, item]): Step => ({
      text: AS[form](to, "push", `${item}`),
      apply: (lists) => void lists[to].push(item),
    }),
  ),
  fc.tuple(FORM, fc.constantFrom("a", "b", "c", "g")).map(
    ([form, to]): Step => ({
      text: AS[form](to, "pop", ""),
      apply: (lists) => void (lists[to] = popped(lists[to])),
    }),
  ),
  fc.tuple(FORM, FLAT, INDEX, ITEM).map(
    ([form, to, index, item]): Step => ({
      text: AS[form](to, "insert", `${index}, ${item}`),
      apply: (lists) => void (lists[to] = inserted(lists[to], index, item)),
    }),
  ),
  fc.tuple(FORM, FLAT, INDEX).map(
    ([form, to, index]): Step => ({
      text: AS[form](to, "remove_at", `${index}`),
      apply: (lists) => void (lists[to] = removed(lists[to], index)),
    }),
  ),
  fc.tuple(FLAT, FLAT, fc.boolean()).map(
    ([to, from, descending]): Step => ({
      text: `${to} = sort(${from}, ${descending})`,
      apply: (lists) => void (lists[to] = sorted(lists[from], descending)),
    }),
  ),
  fc.tuple(FLAT, FLAT).map(
    ([to, from]): Step => ({
      text: `${to} = reverse(${from})`,
      apply: (lists) => void (lists[to] = lists[from].toReversed()),
    }),
  ),
  fc.tuple(FLAT, FLAT).map(
    ([to, from]): Step => ({
      text: `${to} = ${from}`,
      apply: (lists) => void (lists[to] = copy(lists[from])),
    }),
  ),
  fc.tuple(FLAT, INDEX, ITEM).map(
    ([to, index, item]): Step => ({
      text: `${to}[${index}] = ${item}`,
      apply: (lists) => void (lists[to][place(index, lists[to].length)] = item),
    }),
  ),
  fc.tuple(FLAT, FLAT, INDEX, INDEX).map(
    ([to, from, start, end]): Step => ({
      text: `${to} = ${from}[${start}:${end}]`,
      apply: (lists) => void (lists[to] = lists[from].slice(start, end)),
    }),
  ),
  fc.tuple(FLAT, FLAT).map(
    ([to, from]): Step => ({
      text: `${to} = ${to} || ${from}`,
      apply: (lists) => void (lists[to] = [...lists[to], ...lists[from]]),
    }),
  ),
  // A function that changes its parameter in every way, and leaves the caller's list alone.
  fc.tuple(FLAT, FLAT).map(
    ([to, from]): Step => ({
      text: `${to} = changed(${from})`,
      apply: (lists) => void (lists[to] = popped(sorted(inserted(lists[from], 0, 3), false)).toReversed()),
    }),
  ),
  fc.tuple(INDEX, FLAT).map(
    ([index, from]): Step => ({
      text: `g.insert(${index}, ${from})`,
      apply: (lists) => void (lists.g = inserted(lists.g, index, lists[from] as number[])),
    }),
  ),
  fc.tuple(INDEX, ITEM).map(
    ([index, item]): Step => ({
      text: `g[${index}].push(${item})`,
      apply: (lists) => void (lists.g[place(index, lists.g.length)] as number[]).push(item),
    }),
  ),
  fc.tuple(INDEX).map(
    ([index]): Step => ({
      text: `g[${index}].pop()`,
      apply: (lists) => {
        const at = place(index, lists.g.length);
        lists.g[at] = popped(lists.g[at] as number[]) as number[];
      },
    }),
  ),
  fc.tuple(INDEX, INDEX, ITEM).map(
    ([index, at, item]): Step => ({
      text: `g[${index}].insert(${at}, ${item})`,
      apply: (lists) => {
        const list = place(index, lists.g.length);
        lists.g[list] = inserted(lists.g[list] as number[], at, item) as number[];
      },
    }),
  ),
  fc.tuple(INDEX, INDEX).map(
    ([index, at]): Step => ({
      text: `g[${index}].remove_at(${at})`,
      apply: (lists) => {
        const list = place(index, lists.g.length);
        lists.g[list] = removed(lists.g[list] as number[], at) as number[];
      },
    }),
  ),
  fc.tuple(FLAT, INDEX).map(
    ([to, index]): Step => ({
      text: `${to} = g[${index}]`,
      apply: (lists) => void (lists[to] = copy(lists.g[place(index, lists.g.length)] as number[])),
    }),
  ),
  fc.tuple(FORM, INDEX).map(
    ([form, index]): Step => ({
      text: AS[form]("g", "remove_at", `${index}`),
      apply: (lists) => void (lists.g = removed(lists.g, index)),
    }),
  ),
);

const PRELUDE = `function changed(xs list<int>) returns list<int> {
  xs.insert(0, 3)
  xs = sort(xs)
  xs.pop()
  xs = reverse(xs)
  return xs
}`;
const START = `let a: list<int> = [1, 2, 3]
let b: list<int> = []
let c: list<int> = [5]
let g: list<list<int>> = [[7], [8, 9]]`;

/** The statements, each followed by what there is, errors by name. */
function body(steps: readonly Step[]): string {
  const lines = steps.map(({ text }) => `try { ${text} } catch (e) { print e.code }\nprint "\${a} \${b} \${c} \${g}"`);
  return `${START}\n${lines.join("\n")}`;
}

function shown(items: Items | number): string {
  return typeof items === "number" ? String(items) : `[${items.map(shown).join(", ")}]`;
}

/** What the model prints. */
function expected(steps: readonly Step[]): readonly string[] {
  const lists: Lists = { a: [1, 2, 3], b: [], c: [5], g: [[7], [8, 9]] };
  return steps.flatMap(({ apply }) => {
    const errors: string[] = [];
    try {
      apply(lists);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      errors.push("OutOfRange");
    }
    return [...errors, Object.values(lists).map(shown).join(" ")];
  });
}

function printedBy(text: string): readonly string[] {
  const { session, printed } = testSession();
  try {
    const { problems } = session.execute({ name: "lists.grz", text });
    return problems.some((problem) => problem.severity === "error")
      ? problems.map((problem) => problem.message)
      : printed;
  } finally {
    session.close();
  }
}

const STEPS = fc.array(STEP, { minLength: 1, maxLength: 25 });

function holds(program: (body: string) => string, seed: number): void {
  fc.assert(
    fc.property(STEPS, (steps) => {
      expect(printedBy(`${PRELUDE}\n${program(body(steps))}`)).toEqual(expected(steps));
    }),
    { numRuns: 60, seed },
  );
}

describe("lists behave as values", () => {
  test("in variables of a script", () => holds((text) => text, 2));
  test("in variables of a routine", () => holds((text) => `procedure main() {\n${text}\n}\nmain()`, 3));
});
