// gobi sql, gobi attach and gobi generate client against a whole daemon: formats, exit codes, errors with their place.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import { type CommandResult, runCommandLineWith, runGobi } from "../cli/run-command-line.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT, price DECIMAL(10, 2));
INSERT INTO orders (item, price) VALUES ('pen', 1.50), ('ink', NULL);
upsert procedure greet (name string) returns string { print "greeting"; return "hello " || name; }
`;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon({ script: SCRIPT });
}, 60_000);
afterAll(async () => await daemon.stop());

async function gobi(input: string, ...argv: string[]): Promise<CommandResult> {
  const environment = { GOBI_RUNTIME_DIR: daemon.runtimeFolder };
  return await runGobi({ input, environment, cwd: daemon.place.folder }, ...argv);
}

async function sql(...argv: string[]): Promise<CommandResult> {
  return await gobi("", "sql", daemon.place.socket, ...argv);
}

describe("gobi sql", () => {
  it("says that a transaction without COMMIT is undone", async () => {
    const text = "BEGIN; INSERT INTO orders (item) VALUES ('lost')";
    expect(await sql("-c", text)).toMatchObject({
      code: 0,
      err: expect.stringContaining("there was no COMMIT") as string,
    });
    expect((await sql("-c", `${text}; COMMIT; DELETE FROM orders WHERE item = 'lost'`)).err).toBe("");
  });

  it("prints tables, json, csv and arrow", async () => {
    const text = "SELECT id, item, price FROM orders ORDER BY id";
    expect(await sql("-c", text)).toEqual({
      code: 0,
      err: "",
      out: [
        "┌────┬──────┬───────┐",
        "│ id │ item │ price │",
        "├────┼──────┼───────┤",
        "│  1 │ pen  │  1.50 │",
        "│  2 │ ink  │  null │",
        "└────┴──────┴───────┘",
        "2 rows",
        "",
      ].join("\n"),
    });
    expect((await sql("-c", text, "--format", "json")).out).toBe(
      '[{"id":1,"item":"pen","price":1.50},{"id":2,"item":"ink","price":null}]\n',
    );
    expect((await sql("-c", "let n = 3", "-c", "SELECT n + 1 AS n", "--format", "csv")).out).toBe("n\n4\n");
    expect((await sql("-c", text, "--format", "csv")).out).toBe("id,item,price\n1,pen,1.50\n2,ink,\n");
    expect((await sql("-c", "SELECT id FROM orders WHERE id > 9", "--format", "json")).out).toBe("[]\n");
    expect((await sql("-c", "SELECT id FROM orders WHERE id > 9")).out).toContain("0 rows");
    const arrow = await sql("-c", text, "--format", "arrow");
    expect(tableFromIPC(Buffer.from(arrow.out, "latin1")).getChild("item")?.toArray()).toEqual(["pen", "ink"]);
  });

  it("draws warnings and remarks as those of a session of this process", async () => {
    const text = "SELECT id FROM orders WHERE item = null";
    const drawn = (name: string): string =>
      [
        "warning E4001: A comparison with null by = is never true.",
        ` --> ${name}:1:29`,
        "  |",
        `1 | ${text}`,
        `  | ${" ".repeat(28)}${"^".repeat(11)}`,
        "  = fix: Write is null: `item is null`",
        "",
      ].join("\n");
    expect((await sql("-c", text)).err).toBe(drawn("<text>"));
    writeFileSync(join(daemon.place.folder, "warned.sql"), text);
    expect((await sql("-f", "warned.sql")).err).toBe(drawn("warned.sql"));
    const piped = await gobi(`${text};\n`, "attach", daemon.place.socket);
    const embedded = await runCommandLineWith({ input: `${text};\n` }, "repl", "--db", daemon.place.database);
    expect(piped.err).toBe(embedded.err);
    expect(piped.err).toContain("warning E4001");
  });

  it.each(["-c", "-f"])("ends with 130 when Ctrl-C has cancelled what %s gave", async (option) => {
    const text = "print 'begun'; let i = 0; while true { i += 1 }";
    writeFileSync(join(daemon.place.folder, "busy.sql"), text);
    const before = new Set(process.listeners("SIGINT"));
    const ended = sql(option, option === "-c" ? text : "busy.sql");
    const look = await connect({ target: daemon.place.socket, lane: "fast" });
    try {
      const running = async (): Promise<unknown> =>
        await look.query("SELECT lane FROM system.sessions WHERE state = 'running' AND lane NOT LIKE '%-F'");
      await expect.poll(running, { timeout: 20_000 }).toHaveLength(1);
      for (const listener of process.listeners("SIGINT")) if (!before.has(listener)) listener("SIGINT");
      const result = await ended;
      expect(result).toMatchObject({ code: 130, out: "begun\n" });
      expect(result.err).toContain("Cancelled");
    } finally {
      await look.close();
    }
  });

  it("prints a long result in parts as one", async () => {
    const text = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n";
    const json = await sql("-c", text, "--format", "json");
    const rows = JSON.parse(json.out) as readonly { readonly i: number }[];
    expect(rows.length).toBe(60_000);
    expect(rows.at(-1)).toEqual({ i: 60_000 });
    const table = (await sql("-c", text)).out.split("\n");
    expect(table.length).toBe(60_000 + 6);
    expect(table.at(-2)).toBe("60000 rows");
  });

  it("runs scripts from a file, from standard input, with values", async () => {
    writeFileSync(
      join(daemon.place.folder, "wanted.grz"),
      "SELECT item FROM orders WHERE id = :id;\nCALL greet('you');\n",
    );
    const { code, out } = await sql("-f", "wanted.grz", "--arg", "id=2", "--format", "csv");
    expect({ code, out }).toEqual({ code: 0, out: "item\nink\ngreeting\nhello you\n" });
    expect((await gobi("SELECT 1 AS one;", "sql", daemon.place.socket, "--format", "csv")).out).toBe("one\n1\n");
  });

  it("shows mistakes at their place and runs nothing of the text; exit code 1", async () => {
    const { code, out, err } = await sql("-c", "DELETE FROM orders; SELECT nothing FROM orders;");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("error E5002");
    expect(err).toContain("--> <text>:1:28");
    expect((await sql("-c", "SELECT count(*) AS n FROM orders", "--format", "csv")).out).toBe("n\n2\n");
    expect((await sql("-c", "raise Broken('on purpose')")).err).toContain("error Broken: on purpose");
  });

  it("is told what was called wrongly, exit code 2, and what cannot be reached, exit code 1", async () => {
    expect((await sql("-c", "SELECT 1", "-f", "x")).code).toBe(2);
    expect(await sql("--format", "pdf")).toMatchObject({ code: 2 });
    expect(await sql("-f", "missing.grz")).toMatchObject({ code: 2 });
    const away = await gobi("", "sql", "nobody", "-c", "SELECT 1");
    expect(away.code).toBe(1);
    expect(away.err).toContain("ServiceUnavailable: There is no daemon nobody");
    expect(away.err).toContain("help:");
    expect(await sql("-c", "SELECT 1", "--token-file", "missing")).toMatchObject({ code: 2 });
  });

  it("ends a statement at its deadline", async () => {
    const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n;";
    const { code, err } = await sql("-c", `let n = ${endless}`, "--timeout", "100ms");
    expect(code).toBe(1);
    expect(err).toContain("Timeout");
  });
});

describe("gobi attach", () => {
  it("takes piped lines as the REPL does, in one session", async () => {
    const lines = ["let x = 20", "x + 1", "\\format csv", "SELECT :x AS v;", "nothing_here(1)", "\\q", "never"];
    const { code, out, err } = await gobi(lines.join("\n"), "attach", daemon.place.socket);
    expect(code).toBe(1);
    expect(out).toBe("21\nresults are printed as csv\nv\n20\n");
    expect(err).toContain("nothing_here");
    const environment = { GOBI_RUNTIME_DIR: daemon.runtimeFolder };
    const attached = await runCommandLineWith({ input: "1 + 1", environment }, "repl", "--attach", daemon.place.socket);
    expect(attached).toMatchObject({ code: 0, out: "2\n" });
    expect((await runCommandLineWith({ environment }, "repl", "--attach", "Gobi", "--db", "x")).code).toBe(2);
    // No daemon is in the registry of this test.
    expect((await runCommandLineWith({ environment }, "repl", "--attach", "Gobi")).err).toContain("ServiceUnavailable");
  });
});

describe("gobi generate client", () => {
  it("asks the daemon, or reads its file, and writes the same", async () => {
    const asked = await gobi("", "generate", "client", daemon.place.socket);
    expect(asked.code).toBe(0);
    expect(asked.out).toContain(
      "async greet(args: { readonly name: string }, options?: RequestOptions): Promise<string>",
    );
    const read = await gobi("", "generate", "client", "--db", daemon.place.database);
    expect(read.out).toBe(asked.out);
    expect((await gobi("", "generate", "client", "x", "--db", "y")).code).toBe(2);
  });
});

it("a pipe that is closed early is no error", async () => {
  const run = promisify(execFile);
  const root = resolve(import.meta.dirname, "../..");
  const text = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT i FROM n";
  const command = `set -o pipefail; "${process.execPath}" --import tsx cli/gobi.ts sql "${daemon.place.socket}" --format csv -c "${text}" | head -n 2`;
  const { stdout, stderr } = await run("bash", ["-c", command], { cwd: root });
  expect({ stdout, stderr }).toEqual({ stdout: "i\n1\n", stderr: "" });
}, 30_000);
