// Random programs that copy and change nested lists, maps and structs, compared with JavaScript that clones at every copy: sharing must never be seen.
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const PROGRAMS = 60;
const STATEMENTS = 40;

interface Code {
  readonly own: string;
  readonly js: string;
}

type Next = (below: number) => number;

function generator(seed: number): Next {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Variables: a and b are lists of ints, g and h lists of lists, p and q structs {xs, at: {n}}, ps a list of structs, m a map of lists. */
const START: Code = {
  own: "let a = [1, 2]; let b = [3]; let g = [[1], [2]]; let h = [[3]]; let p = {xs: [1], at: {n: 1}}; let q = {xs: [2], at: {n: 2}}; let ps = [{xs: [3], at: {n: 3}}]; let m: map<string, list<int>> = {k: [1]}",
  js: "let a = [1, 2], b = [3], g = [[1], [2]], h = [[3]], p = {xs: [1], at: {n: 1}}, q = {xs: [2], at: {n: 2}}, ps = [{xs: [3], at: {n: 3}}], m = {k: [1]};",
};

const STATEMENT_FORMS: readonly ((next: Next) => Code)[] = [
  (next) => same(`${pick(next, ["a", "b"])} = `, pick(next, LISTS)),
  (next) => same(`${pick(next, ["g", "h"])} = `, pick(next, ["g", "h"])),
  (next) => same(`${pick(next, ["p", "q"])} = `, pick(next, ["p", "q", "ps[0]"])),
  (next) => same(`${pick(next, ["g[0]", "h[0]", "p.xs", "ps[0].xs"])} = `, pick(next, LISTS)),
  (next) => same(`${pick(next, ["p.at", "q.at", "ps[0].at"])} = `, pick(next, ["p.at", "q.at", "ps[0].at"])),
  (next) => same("ps[0] = ", pick(next, ["p", "q"])),
  (next) => ({ own: `m["k"] = ${pick(next, LISTS)}`, js: "" }),
  (next) => number(`${pick(next, LISTS)}[0] = `, next),
  (next) => number(`${pick(next, ["p.at.n", "q.at.n", "ps[0].at.n"])} = `, next),
  (next) => push(pick(next, LISTS), String(next(90))),
  (next) => push(pick(next, ["g", "h"]), pick(next, LISTS)),
  (next) => push("ps", pick(next, ["p", "q"])),
  (next) => {
    const [to, from] = [pick(next, ["a", "b", "g[0]", "p.xs"]), pick(next, LISTS)];
    return { own: `${to} = changed(${from})`, js: `${to} = changed(copy(${from}));` };
  },
  (next) => {
    const list = pick(next, ["g", "h"]);
    return { own: `for each in ${list} { each.push(7); each[0] = 0 }`, js: "" };
  },
  (next) => {
    const list = pick(next, LISTS);
    return {
      own: `let f%: fn() -> list<int> = () => ${list}; ${list}[0] = 77; b = f%()`,
      js: `{ const kept = copy(${list}); ${list}[0] = 77; b = kept; }`,
    };
  },
  (next) => {
    const from = pick(next, LISTS);
    return {
      own: `let pair% = [${from}, ${from}]; pair%[0][0] = 55; a = pair%[1]; g = pair%`,
      js: `{ const pair = [copy(${from}), copy(${from})]; pair[0][0] = 55; a = copy(pair[1]); g = copy(pair); }`,
    };
  },
  (next) => {
    const from = pick(next, ["p", "q"]);
    return {
      own: `let s% = {xs: ${from}.xs, at: ${from}.at}; s%.xs.push(8); s%.at.n = 9; q = s%`,
      js: `{ const s = copy({xs: ${from}.xs, at: ${from}.at}); s.xs.push(8); s.at.n = 9; q = s; }`,
    };
  },
  (next) => {
    const [x, y] = [pick(next, LISTS), pick(next, LISTS)];
    return {
      own: `let c% = if len(a) % 2 = 0 then ${x} else ${y}; c%[0] = 33; b = c%`,
      js: `{ const c = copy(a.length % 2 === 0 ? ${x} : ${y}); c[0] = 33; b = c; }`,
    };
  },
  (next) => {
    const from = pick(next, LISTS);
    return {
      own: `let o%: any = ${from}; let l% = o% :: list<int>; l%.push(4); a = l%`,
      js: `{ const l = copy(${from}); l.push(4); a = l; }`,
    };
  },
];

const LISTS = ["a", "b", "g[0]", "h[0]", "p.xs", "q.xs", "ps[0].xs"];

function pick(next: Next, from: readonly string[]): string {
  return from[next(from.length)] ?? "a";
}
function same(target: string, value: string): Code {
  return { own: `${target}${value}`, js: `${target}copy(${value});` };
}
function number(target: string, next: Next): Code {
  const value = next(90);
  return { own: `${target}${value}`, js: `${target}${value};` };
}
function push(list: string, value: string): Code {
  return { own: `${list}.push(${value})`, js: `${list}.push(copy(${value}));` };
}

function program(seed: number): Code {
  const next = generator(seed);
  const statements = Array.from({ length: STATEMENTS }, (_value, at) => {
    const form = STATEMENT_FORMS[next(STATEMENT_FORMS.length)];
    const made = form?.(next) ?? START;
    const js = made.own.startsWith('m["k"]') ? `m.k = copy(${made.own.slice('m["k"] = '.length)});` : made.js;
    return { own: made.own.replaceAll("%", String(at)).replaceAll("len(a) " + String(at) + " 2", "len(a) % 2"), js };
  });
  return { own: statements.map((one) => one.own).join("\n"), js: statements.map((one) => one.js).join("\n") };
}

const SHOWN = ["a", "b", "g", "h", "p", "q", "ps", 'm["k"]'];

function expected(code: Code): readonly string[] {
  const show = SHOWN.map((name) => `JSON.stringify(${name})`).join(", ");
  const text = `const copy = (value) => JSON.parse(JSON.stringify(value)); const changed = (xs) => { xs[0] = 99; xs.push(98); return xs; }; ${START.js}\n${code.js}\n[${show}]`;
  return runInNewContext(text) as string[];
}

function found(code: Code): readonly string[] {
  const lines: string[] = [];
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    output: { print: (line) => lines.push(line), log: () => undefined, notice: () => undefined },
  });
  const shows = SHOWN.map((name) => `print to_json(${name})`).join("\n");
  const text = `function changed(xs list<int>) returns list<int> { xs[0] = 99; xs.push(98); return xs }\nprocedure run() {\n${START.own}\n${code.own}\n${shows}\n}\ncall run()`;
  try {
    const outcome = session.execute({ name: "random", text });
    if (outcome.kind === "failed") lines.push(`error ${outcome.error.code} ${outcome.error.message}`);
    if (outcome.kind === "rejected")
      lines.push(
        ...outcome.problems
          .filter((problem) => problem.severity === "error")
          .map(
            (problem) =>
              `${problem.code} ${problem.message} ${text.slice(problem.span.start - 40, problem.span.end + 40)}`,
          ),
      );
  } finally {
    session.close();
  }
  return lines;
}

describe("lists, maps and structs are values", () => {
  test("whatever is copied and changed", () => {
    const differences: string[] = [];
    for (let seed = 1; seed <= PROGRAMS; seed += 1) {
      const code = program(seed);
      const [wanted, got] = [expected(code), found(code)];
      if (wanted.join("\n") !== got.join("\n"))
        differences.push(`seed ${seed}\n${code.own}\nexpected ${wanted.join("\n")}\nfound ${got.join("\n")}`);
    }
    expect(differences.slice(0, 2)).toEqual([]);
  });
});
