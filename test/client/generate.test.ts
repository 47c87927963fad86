// gobi generate client: the source that comes of a database's signatures compiles, has the right types, and refuses wrong calls.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSource } from "../../cli/generate/client-source.ts";
import { typeScriptOf } from "../../cli/generate/type-text.ts";
import { open } from "../../index.ts";
import { describeRoutines, describeSchema } from "../../server/programs/describe.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const DATABASE = `
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, \`given name\` TEXT, joined TIMESTAMP);
CREATE TABLE audit (id INTEGER PRIMARY KEY, note TEXT);
CREATE TYPE Mood AS ENUM ('happy', 'sad');
CREATE TYPE Person AS STRUCT (name string, mood Mood, tags list<string>?);
--- Adds a user and gives the number.
upsert procedure add_user (email string, note string? = null) raises UniqueViolation returns int {
  INSERT INTO users (email) VALUES (email);
  INSERT INTO audit (note) VALUES (note);
  return SELECT count(*) FROM users;
}
upsert procedure purge () returns void { DELETE FROM audit; }
upsert procedure halve (inout amount decimal, out rest int) returns void { SET amount = amount / 2; SET rest = 1; }
function user_of (key int) returns users? as sync { return SELECT * FROM users WHERE id = key; }
function moods (person Person) returns list<Mood> { return [person.mood]; }
upsert procedure all_users () returns table<users> { return SELECT * FROM users; }
`;

/** Types of what the calls give and take, as a user of the client would write them. */
const RIGHT = `
import { routinesOf, type Person, type UsersRow } from "./client.ts";
import type { Queryable } from "pl-grizzly";
export async function use(connection: Queryable): Promise<void> {
  const routines = routinesOf(connection);
  const id: number | bigint = await routines.add_user({ email: "a@b.c" });
  await routines.add_user({ email: "a@b.c", note: null }, { idempotencyKey: "k" });
  const nothing: void = await routines.purge();
  const halved: { readonly amount: string; readonly rest: number | bigint } = await routines.halve({ amount: "4.00" });
  const user: UsersRow | null = await routines.user_of({ key: id });
  const given: string | null | undefined = user?.["given name"];
  const joined: Date | null | undefined = user?.joined;
  const person: Person = { name: "Ann", mood: "happy", tags: null };
  const moods: readonly ("happy" | "sad")[] = await routines.moods({ person });
  const all: readonly UsersRow[] = await routines.all_users();
  void [nothing, halved, given, joined, moods, all];
}
`;

const WRONG: readonly string[] = [
  "routines.add_user({})",
  "routines.add_user({ email: 3 })",
  "routines.add_user({ email: 'a', other: 1 })",
  "routines.moods({ person: { name: 'Ann', mood: 'angry', tags: null } })",
  "routines.nothing()",
  "routines.user_of({ key: 'one' })",
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gobi-generate-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function generated(): string {
  const database = open(":memory:");
  database.exec(DATABASE);
  const { connection } = database.session;
  const source = clientSource({
    routines: describeRoutines(connection),
    schema: describeSchema(connection),
    int: "auto",
    from: "pl-grizzly",
  });
  database.close();
  return source;
}

/** Messages of tsc about files of the folder. */
function compile(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const options = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: true,
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      paths: { "pl-grizzly": [join(ROOT, "protocol/client/types.ts")] },
    },
    include: [],
    files: Object.keys(files),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  try {
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    return "";
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

describe("a generated client", () => {
  it("compiles, and gives calls their types", () => {
    expect(compile({ "client.ts": generated(), "right.ts": RIGHT })).toBe("");
  });

  it("refuses wrong calls", () => {
    const calls = WRONG.map((call) => `  await ${call};`);
    const wrong = `import { routinesOf } from "./client.ts";
import type { Queryable } from "pl-grizzly";
export async function use(connection: Queryable): Promise<void> {
  const routines = routinesOf(connection);
${calls.join("\n")}
}
`;
    const messages = compile({ "client.ts": generated(), "wrong.ts": wrong });
    const lines = [...messages.matchAll(/wrong\.ts\((\d+),/gu)].map((match) => Number(match[1]));
    expect([...new Set(lines)]).toEqual(WRONG.map((_, index) => index + 5));
  });

  it("documents what a call does", () => {
    const source = generated();
    expect(source).toContain(
      "     * Adds a user and gives the number.\n     * May change data.\n     * Raises UniqueViolation.",
    );
    expect(source).toContain("/** Only reads. */");
    // Only what signatures name.
    expect(source).not.toContain("AuditRow");
  });
});

describe("types of the language in TypeScript", () => {
  const choices = { int: "auto", named: (name: string) => (name === "users" ? "UsersRow" : undefined) } as const;
  it.each([
    ["int", "number | bigint"],
    ["list<int?>", "readonly (number | bigint | null)[]"],
    ["map<string, list<bool>>", "ReadonlyMap<string, readonly boolean[]>"],
    ["{a: int, `b c`: string?}", '{ readonly a: number | bigint; readonly "b c": string | null }'],
    ["table<users>", "readonly UsersRow[]"],
    ["table<any>", "readonly Row[]"],
    ["decimal(10, 2)?", "string | null"],
    ["fn(int) -> string", "unknown"],
    ["list<{id: int, ...}>", "readonly { readonly id: number | bigint }[]"],
    ["any?", "unknown"],
    ["A", "unknown"],
  ])("%s", (text, expected) => {
    expect(typeScriptOf(text, "taken", choices)).toBe(expected);
  });
});
