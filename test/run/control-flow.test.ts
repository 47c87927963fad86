// Random programs of nested loops, labels, try, catch, finally, transactions, returns and raises, compared with the same control flow in JavaScript.
// Each program is generated twice from one tree: once in the language, once as JavaScript that is run with a list of lines in place of print.
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const PROGRAMS = 60;
const DEPTH_MAX = 4;

interface Generator {
  /** A number from 0 to `below` - 1. */
  next(below: number): number;
  names: number;
}

interface Surroundings {
  readonly depth: number;
  /** Labels of the loops and blocks around; `loop` ones may be continued. */
  readonly labels: readonly { readonly name: string; readonly loop: boolean }[];
}

interface Code {
  readonly own: string;
  readonly js: string;
}

function generator(seed: number): Generator {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return {
    next: (below) => {
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state % below;
    },
    names: 0,
  };
}

function condition(g: Generator): Code {
  const number = g.next(4);
  const modulus = g.next(3) + 2;
  return { own: `n % ${modulus} = ${number % modulus}`, js: `n % ${modulus} === ${number % modulus}` };
}

function block(g: Generator, around: Surroundings): Code {
  const parts = Array.from({ length: g.next(3) + 1 }, () => statement(g, { ...around, depth: around.depth + 1 }));
  return {
    own: `{ ${parts.map((part) => part.own).join("\n")} }`,
    js: `{ ${parts.map((part) => part.js).join("\n")} }`,
  };
}

function statement(g: Generator, around: Surroundings): Code {
  const leaf = around.depth >= DEPTH_MAX;
  switch (leaf ? g.next(6) : g.next(12)) {
    case 0:
    case 1: {
      g.names += 1;
      return { own: `n += 1; print "${g.names} " || (n :: string)`, js: `n += 1; tick(n); print("${g.names} " + n);` };
    }
    case 2: {
      const when = condition(g);
      const value = g.next(9);
      return { own: `if ${when.own} { return ${value} }`, js: `if (${when.js}) { return ${value}; }` };
    }
    case 3: {
      const when = condition(g);
      const name = ["Ant", "Bee", "Cow"][g.next(3)];
      return {
        own: `if ${when.own} { raise ${name}("from ${name}") }`,
        js: `if (${when.js}) { throw new Raised("${name}"); }`,
      };
    }
    case 4:
    case 5:
      return jump(g, around);
    case 6:
    case 7:
      return loop(g, around);
    case 8: {
      const when = condition(g);
      const then = block(g, around);
      const otherwise = block(g, around);
      return {
        own: `if ${when.own} ${then.own} else ${otherwise.own}`,
        js: `if (${when.js}) ${then.js} else ${otherwise.js}`,
      };
    }
    case 9:
    case 10:
      return attempt(g, around);
    default: {
      const body = block(g, around);
      return { own: `transaction ${body.own}`, js: body.js };
    }
  }
}

function jump(g: Generator, around: Surroundings): Code {
  const when = condition(g);
  const target = around.labels[g.next(Math.max(1, around.labels.length))];
  if (target === undefined) return { own: "n += 3", js: "n += 3;" };
  const word = target.loop && g.next(2) === 0 ? "continue" : "break";
  return { own: `${word} ${target.name} when ${when.own}`, js: `if (${when.js}) ${word} ${target.name};` };
}

function loop(g: Generator, around: Surroundings): Code {
  g.names += 1;
  const name = `l${g.names}`;
  const count = g.next(3) + 1;
  switch (g.next(4)) {
    case 0: {
      const body = block(g, { ...around, labels: [...around.labels, { name, loop: true }] });
      return {
        own: `${name}: for i${name} in 1..${count} ${body.own}`,
        js: `${name}: for (let i = 1; i <= ${count}; i += 1) ${body.js}`,
      };
    }
    case 1: {
      const body = block(g, { ...around, labels: [...around.labels, { name, loop: true }] });
      const items = Array.from({ length: count }, (_value, at) => at + 1).join(", ");
      return {
        own: `${name}: for x${name} in [${items}] ${body.own}`,
        js: `${name}: for (const x of [${items}]) ${body.js}`,
      };
    }
    case 2: {
      const body = block(g, { ...around, labels: [...around.labels, { name, loop: true }] });
      return {
        own: `${name}: for r${name} in SELECT value FROM rows_of WHERE value <= ${count} ORDER BY value ${body.own}`,
        js: `${name}: for (let i = 1; i <= ${count}; i += 1) ${body.js}`,
      };
    }
    default: {
      const body = block(g, { ...around, labels: [...around.labels, { name, loop: false }] });
      return { own: `${name}: ${body.own}`, js: `${name}: ${body.js}` };
    }
  }
}

function attempt(g: Generator, around: Surroundings): Code {
  const body = block(g, around);
  const handler = block(g, around);
  const last = block(g, around);
  const form = g.next(4);
  const own = (catches: string, end: string): string => `try ${body.own} ${catches} ${end}`;
  const named = `catch (e) { if (e.code !== "Ant") throw e; ${handler.js} }`;
  if (form === 0)
    return {
      own: own(`catch (e) ${handler.own}`, ""),
      js: `try ${body.js} catch (e) { if (!(e instanceof Raised)) throw e; ${handler.js} }`,
    };
  if (form === 1) return { own: own(`catch (Ant as e) ${handler.own}`, ""), js: `try ${body.js} ${named}` };
  if (form === 2)
    return { own: own("", `finally ${last.own}`), js: `try ${body.js} finally { if (!stopped()) ${last.js} }` };
  return {
    own: own(`catch (Ant as e) ${handler.own}`, `finally ${last.own}`),
    js: `try ${body.js} ${named} finally { if (!stopped()) ${last.js} }`,
  };
}

const STEPS_MAX = 400;

function expectedLines(js: string): readonly string[] | undefined {
  const lines: string[] = [];
  const script = `
    class Raised extends Error { constructor(code) { super(code); this.code = code; } }
    class Stop extends Error {}
    let halted = false;
    const stopped = () => halted;
    const tick = (n) => { if (n > ${STEPS_MAX} || lines.length > ${STEPS_MAX}) { halted = true; throw new Stop(); } };
    const print = (line) => lines.push(line);
    let n = 0;
    function run() ${js}
    try { const result = run(); print("result " + (result ?? 0)); } catch (e) { if (e instanceof Stop) lines.push("stop"); else if (e instanceof Raised) print("error " + e.code); else throw e; }
    lines`;
  const done = runInNewContext(script, { lines }) as string[];
  return done.includes("stop") ? undefined : done;
}

function foundLines(own: string): readonly string[] {
  const lines: string[] = [];
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    limits: { fuelMax: 2_000_000 },
    output: { print: (line) => lines.push(line), log: () => undefined, notice: () => undefined },
  });
  const text = `CREATE TABLE rows_of (value INTEGER PRIMARY KEY);
INSERT INTO rows_of VALUES (1), (2), (3);
function run() returns int {
let n = 0;
${own}
return 0
}
print "result " || (run() :: string)`;
  try {
    const outcome = session.execute({ name: "random", text });
    if (outcome.kind === "failed") lines.push(`error ${outcome.error.code}`);
    if (outcome.kind === "rejected")
      lines.push(
        ...outcome.problems
          .filter((problem) => problem.severity === "error")
          .map((problem) => `${problem.code} ${problem.message}`),
        text,
      );
  } finally {
    session.close();
  }
  return lines;
}

describe("random control flow", () => {
  test("does what the same code does in JavaScript", () => {
    const differences: string[] = [];
    let compared = 0;
    for (let seed = 1; seed <= PROGRAMS; seed += 1) {
      const code = block(generator(seed), { depth: 0, labels: [] });
      const expected = expectedLines(code.js);
      if (expected === undefined) continue;
      const found = foundLines(code.own);
      compared += 1;
      if (found.join("\n") !== expected.join("\n"))
        differences.push(`seed ${seed}\n${code.own}\nexpected ${expected.join(" / ")}\nfound ${found.join(" / ")}`);
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(compared).toBeGreaterThan(PROGRAMS / 2);
  });
});
