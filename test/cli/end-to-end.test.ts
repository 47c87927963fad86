// The built gobic in processes of its own, as users and scripts meet it: exit codes, streams, pipes and signals.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtProgram } from "../support/built.ts";

let gobic: string;
let folder: string;
beforeAll(() => {
  gobic = builtProgram("gobic");
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = {
  "clean.grz":
    'CREATE TABLE t (a int NOT NULL)\nprocedure p(n int) returns int { return n + 1 }\ntest "p" { expect(p(1) == 2) }\n',
  "warns.grz": "let unused = 1\n",
  "errors.grz": "let x = 1\nprint y\nprint x + zz\n",
  "fails.grz": "print 'before'\nlet z = 0\nprint 1 / z\n",
  "loose.grz": "let   x=1\nprint   x\n",
  "failing-test.grz": 'test "no" { expect(1 == 2) }\n',
};
beforeEach(() => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  rmSync(join(folder, "data.db"), { force: true });
});

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(argv: readonly string[], input = ""): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [gobic, ...argv], {
    cwd: folder,
    input,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

function setUp(): void {
  expect(run(["run", "clean.grz", "--db", "data.db"]).code).toBe(0);
}

/** A frame of our own code; those of programs name .grz files. */
const TRACE = /\n\s+at .*\.(?:c?js|ts):\d+/u;

describe("exit codes", () => {
  it.each<[number, string, readonly string[]]>([
    [0, "check of a clean file", ["check", "clean.grz"]],
    [0, "check with warnings", ["check", "warns.grz"]],
    [1, "check with errors", ["check", "errors.grz"]],
    [2, "check of a missing file", ["check", "none.grz"]],
    [2, "check with an unknown option", ["check", "clean.grz", "--jsn"]],
    [0, "run", ["run", "clean.grz"]],
    [1, "run of a file with errors", ["run", "errors.grz"]],
    [1, "run with an error that nothing catches", ["run", "fails.grz"]],
    [1, "run beyond a limit", ["run", "-e", "while true { }", "--fuel", "1000"]],
    [2, "run of nothing", ["run"]],
    [2, "run of a missing file", ["run", "none.grz"]],
    [2, "run with a format that there is not", ["run", "clean.grz", "--format", "xml"]],
    [2, "run with a limit that is no number", ["run", "clean.grz", "--fuel", "much"]],
    [0, "call", ["call", "p", "4", "--db", "data.db"]],
    [1, "call of a routine that there is not", ["call", "nope", "--db", "data.db"]],
    [1, "call with a wrong argument", ["call", "p", '"x"', "--db", "data.db"]],
    [2, "call without a name", ["call", "--db", "data.db"]],
    [0, "fmt --check of a formatted file", ["fmt", "--check", "warns.grz"]],
    [1, "fmt --check of another", ["fmt", "--check", "loose.grz"]],
    [1, "fmt --diff of another", ["fmt", "--diff", "loose.grz"]],
    [2, "fmt --stdin with a file", ["fmt", "--stdin", "loose.grz"]],
    [0, "fmt", ["fmt", "loose.grz"]],
    [2, "fmt of a missing file", ["fmt", "none.grz"]],
    [0, "test", ["test", "clean.grz"]],
    [1, "test that fails", ["test", "failing-test.grz"]],
    [0, "explain", ["explain", "E2001"]],
    [2, "explain of a code that there is not", ["explain", "E0000"]],
    [0, "effects", ["effects", "clean.grz"]],
    [0, "disassemble", ["disassemble", "clean.grz"]],
    [1, "disassemble of a file with errors", ["disassemble", "errors.grz"]],
    [0, "schema pull", ["schema", "pull", "--db", "data.db", "--out", "schema.json"]],
    [1, "schema pull of a missing database", ["schema", "pull", "--db", "none.db"]],
    [0, "--version", ["--version"]],
    [0, "--help", ["--help"]],
    [2, "no command", []],
    [2, "an unknown command", ["chek"]],
  ])("%i: %s", (code, _, argv) => {
    if (argv.includes("data.db")) setUp();
    const result = run(argv);
    expect([result.code, result.err.match(TRACE)?.[0]]).toEqual([code, undefined]);
    // What went wrong is said on stderr, and check's findings on stdout.
    if (code !== 0) expect(`${result.err}${result.out}`).not.toBe("");
  });
});

describe("help where it is needed", () => {
  it.each([
    [["chek", "x.grz"], "Did you mean check?"],
    [["check", "clean.grz", "--jsn"], "Did you mean --json?"],
    [["schema", "pul"], "Did you mean pull?"],
    [["explain", "E200"], "E200"],
    [["run", "none.grz"], "cannot read none.grz: it does not exist."],
  ])("%j", (argv, says) => {
    const { code, out, err } = run(argv);
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(out).toBe("");
  });
});

describe("check --json", () => {
  it("gives every field, 1-based", () => {
    const { code, out, err } = run(["check", "errors.grz", "--json"]);
    expect([code, err]).toEqual([1, ""]);
    const problems = JSON.parse(out) as Record<string, unknown>[];
    expect(
      problems.map((problem) => [
        problem["code"],
        problem["line"],
        problem["column"],
        problem["endLine"],
        problem["endColumn"],
      ]),
    ).toEqual([
      ["E2001", 2, 7, 2, 8],
      ["E2001", 3, 11, 3, 13],
    ]);
    for (const problem of problems) {
      expect(Object.keys(problem).sort()).toEqual(
        [
          "code",
          "column",
          "endColumn",
          "endLine",
          "file",
          "fix",
          "help",
          "line",
          "message",
          "related",
          "severity",
        ].sort(),
      );
      expect([problem["file"], problem["severity"]]).toEqual(["errors.grz", "error"]);
    }
  });

  it("is an empty list for a clean file, and one list for several files", () => {
    expect(JSON.parse(run(["check", "clean.grz", "--json"]).out)).toEqual([]);
    const both = JSON.parse(run(["check", "errors.grz", "warns.grz", "--json"]).out) as { file: string }[];
    expect(new Set(both.map((problem) => problem.file))).toEqual(new Set(["errors.grz", "warns.grz"]));
  });
});

describe("run", () => {
  const QUERY = "SELECT 1 AS n, 'a,\"b' AS s, NULL AS z, 1.5 AS f UNION ALL SELECT 2, 'c', 3, 2.0";

  it("prints tables, JSON and CSV", () => {
    expect(run(["run", "-e", QUERY, "--format", "json"]).out.trim()).toBe(
      '[{"n":1,"s":"a,\\"b","z":null,"f":1.5},{"n":2,"s":"c","z":3,"f":2.0}]',
    );
    expect(run(["run", "-e", QUERY, "--format", "csv"]).out).toBe('n,s,z,f\n1,"a,""b",,1.5\n2,c,3,2.0\n');
    const table = run(["run", "-e", QUERY]).out;
    for (const part of ["n", "s", "z", "f", 'a,"b', "null", "1.5", "2.0"]) expect(table).toContain(part);
  });

  it("prints Arrow that other programs read", () => {
    const { status, stdout } = spawnSync(process.execPath, [gobic, "run", "-e", QUERY, "--format", "arrow"], {
      cwd: folder,
    });
    expect(status).toBe(0);
    const table = tableFromIPC(stdout);
    expect(table.schema.fields.map((field) => field.name)).toEqual(["n", "s", "z", "f"]);
    expect(table.toArray().map((row) => [Number(row?.n), row?.s, row?.f])).toEqual([
      [1, 'a,"b', 1.5],
      [2, "c", 2],
    ]);
  });

  it("takes values, a text and standard input", () => {
    const program = "print n + 1\nprint name\n";
    expect(run(["run", "-", "--arg", "n=41", "--arg", "name=Ann"], program).out).toBe("42\nAnn\n");
    expect(run(["run", "-e", "print len(xs)", "--arg", "xs=[1,2,3]"]).out).toBe("3\n");
    expect(run(["check", "-"], "print y\n").code).toBe(1);
    expect(run(["fmt", "-"], "let   x=1\n").out).toBe("let x = 1\n");
    expect(run(["fmt", "--stdin"], "let   x=1\n").out).toBe("let x = 1\n");
  });

  it("says where an error stands, on stderr, after what was printed before", () => {
    const { out, err } = run(["run", "fails.grz"]);
    expect(out).toBe("before\n");
    expect(err).toContain("DivisionByZero");
    expect(err).toContain("fails.grz:3");
  });

  it("keeps bytes apart from messages: no colours in pipes", () => {
    const { out, err } = run(["check", "errors.grz"]);
    expect(`${out}${err}`).not.toContain("\u001b[");
  });
});

/** Starts a program that prints `go` and then never ends; gives the process and what it printed once it is there. */
async function started(argv: readonly string[]): Promise<ReturnType<typeof spawn>> {
  const child = spawn(process.execPath, [gobic, ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes("go\n")) resolve();
    });
    child.once("exit", (code, signal) => reject(new TypeError(`it ended too early: ${code} ${signal}`)));
  });
  return child;
}

async function signalled(
  child: ReturnType<typeof spawn>,
  signal: NodeJS.Signals,
): Promise<NodeJS.Signals | number | null> {
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once("exit", (code, by) => resolve(by ?? code)),
  );
  child.kill(signal);
  return await ended;
}

describe("pipes and signals", () => {
  it("ends quietly when its reader goes away", () => {
    const command = `"${process.execPath}" "${gobic}" run -e "for i in 1..2000000 { print i }" | head -1`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    expect([status, stdout, stderr]).toEqual([0, "1\n", ""]);
  });

  it("a check, a format and tests are done to their end when their reader goes away", () => {
    const node = `"${process.execPath}" "${gobic}"`;
    const many = Array.from({ length: 3000 }, (_, index) => `let   x${index} = y${index}`).join("\n");
    writeFileSync(join(folder, "many.grz"), many);
    const codeOf = (command: string, reader = "head -1"): string => {
      const script = `{ ${command}; echo $? > code; } | ${reader} > first`;
      spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
      return readFileSync(join(folder, "code"), "utf8").trim();
    };
    expect(codeOf(`${node} check many.grz`)).toBe("1");
    expect(codeOf(`${node} check many.grz --json`)).toBe("1");
    expect(codeOf(`${node} fmt --diff many.grz`)).toBe("1");
    // Nobody reads from the beginning.
    expect(codeOf(`${node} test failing-test.grz`, "true")).toBe("1");
  });

  const LOOP =
    "procedure p() { DELETE FROM t; INSERT INTO t VALUES (9); print 'go'; while true { INSERT INTO t VALUES (10) } }\np()";

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("leaves nothing of a call that %s ends", async (signal) => {
    setUp();
    const path = join(folder, "data.db");
    const before = new Database(path);
    before.exec("INSERT INTO t VALUES (1), (2)");
    before.close();
    const child = await started(["run", "-e", LOOP, "--db", "data.db"]);
    expect([signal, 130, 143]).toContain(await signalled(child, signal));
    const after = new Database(path);
    expect(after.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(after.prepare("SELECT a FROM t ORDER BY a").pluck().all()).toEqual([1, 2]);
    after.close();
  });
});

/** Rows of a large INSERT that is right: a fifth of the other files, since all of it is checked, compiled and run. */
const ROWS = 100_000;

it("a file of ten megabytes is answered, whatever is in it", () => {
  const size = 10 * 1024 * 1024;
  const texts: Readonly<Record<string, string>> = {
    "rows.grz": `CREATE TABLE r (a int, b text);\nINSERT INTO r VALUES ${Array.from({ length: ROWS }, (_, i) => `(${i}, 'row ${i}')`).join(",\n")};\nSELECT count(*) AS n FROM r;\n`,
    "statements.grz": "print 1;\n".repeat(size / 9),
    "quotes.grz": "'\n\"${".repeat(size / 5),
    "brackets.grz": "([{".repeat(size / 3),
    "noise.grz": readFileSync(process.execPath).subarray(0, size).toString("latin1"),
    "word.grz": "a".repeat(size),
  };
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), text);
    const good = name === "rows.grz";
    expect([name, run(["check", name]).code]).toEqual([name, good ? 0 : 1]);
    const result = run(["run", name, "--format", "csv"]);
    expect([name, result.code]).toEqual([name, good ? 0 : 1]);
    if (good) expect(result.out).toBe(`n\n${ROWS}\n`);
    if (!good) expect(run(["fmt", "--check", name]).code).toBe(1);
    expect(statSync(join(folder, name)).size).toBe(Buffer.byteLength(text));
    rmSync(join(folder, name));
  }
}, 600_000);
