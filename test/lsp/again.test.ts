// The documents of a workspace after edits are those of a workspace that was just opened: several files, imports in circles, pipelines,
// schedules and triggers, a database that changes. And an edit looks only at what it touches and what depends on it.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeCatalog, type CatalogContents } from "../../compiler/catalog/catalog.ts";
import { applyDdlStatements } from "../../compiler/catalog/ddl.ts";
import type { CatalogRoutine, CatalogTrigger, CatalogType, CatalogView } from "../../compiler/catalog-view.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Statement } from "../../compiler/syntax/tree.ts";
import { type EditedWorkspace, makeWorkspace } from "../../lsp/workspace/workspace.ts";
import { required } from "../../base/failure.ts";
import { summary } from "../check/summary.ts";
import { AGAIN_EDITS, AGAIN_FILES, AGAIN_SCHEMA } from "./again-sources.ts";
import { memoryPorts } from "./memory-ports.ts";

const FOLDER = "/project";
const DATABASE = `${FOLDER}/main.gobi`;

function statements(text: string): readonly Statement[] {
  return parse({ name: "stored", text }).value.items.map((item) => item.statement);
}

/** The catalog of a database with these statements in it: tables, types, and stored routines and triggers. */
function catalogOf(text: string): CatalogView {
  const all = statements(text);
  const types = all.filter((each): each is CatalogType => ["struct", "enum", "error"].includes(each.kind));
  const routines = parse({ name: "stored", text }).value.items.flatMap(
    ({ statement, text: source }): CatalogRoutine[] =>
      statement.kind === "routine"
        ? [
            {
              name: statement.name.text,
              version: 1,
              declaration: statement,
              source,
              signature: {
                parameters: (statement.parameters ?? []).map(({ type }) =>
                  type?.kind === "namedType" ? (type.name.parts[0]?.text ?? "any") : "any",
                ),
                result:
                  statement.returns?.kind === "namedType" ? (statement.returns.name.parts[0]?.text ?? "any") : "void",
                raises: [],
                mode: "sync",
                effectsJson: "",
              },
            },
          ]
        : [],
  );
  const triggers = all.flatMap((statement): CatalogTrigger[] =>
    statement.kind === "trigger"
      ? [{ name: statement.name.text, declaration: statement, fires: true, effectsJson: "" }]
      : [],
  );
  const contents: CatalogContents = {
    types,
    routines,
    triggers,
    objects: triggers.map(({ name }) => ({ kind: "trigger", name })),
  };
  return applyDdlStatements(makeCatalog(contents), all);
}

/** A workspace over these files and a database. */
class Project {
  readonly looked: string[] = [];
  readonly workspace: EditedWorkspace;
  readonly #texts: Record<string, string>;
  #view: CatalogView;

  constructor(files: Readonly<Record<string, string>>, schema: string) {
    this.#texts = {};
    for (const [name, text] of Object.entries(files)) this.#texts[`${FOLDER}/${name}`] = text;
    this.#texts[DATABASE] = schema;
    this.#view = catalogOf(schema);
    this.workspace = makeWorkspace({
      ...memoryPorts(this.#texts),
      openDatabase: () => ({ view: () => this.#view, close: () => undefined }),
      checked: (path, items) =>
        void this.looked.push(
          ...items.map(({ statement }) =>
            "name" in statement && typeof statement.name === "object" && "text" in statement.name
              ? `${path.slice(FOLDER.length + 1, -4)}.${statement.name.text}`
              : `${path.slice(FOLDER.length + 1, -4)}.${statement.kind}`,
          ),
        ),
    });
    this.workspace.setFolders([FOLDER]);
    for (const [path, text] of Object.entries(this.#texts)) if (path !== DATABASE) this.workspace.open(path, text, 1);
  }

  edit(name: string, text: string): void {
    this.workspace.change(`${FOLDER}/${name}`, text, 2);
  }

  setSchema(schema: string): void {
    if (this.#texts[DATABASE] === schema) return;
    this.#texts[DATABASE] = schema;
    this.#view = catalogOf(schema);
    this.workspace.refreshCatalogs();
  }

  found(): unknown {
    return this.workspace
      .openPaths()
      .toSorted()
      .map((path) => [path, summary(required(this.workspace.document(path), path).checked())]);
  }

  /** What is looked at when all open files are asked for what is wrong in them. */
  lookedAt(): readonly string[] {
    this.looked.length = 0;
    for (const path of this.workspace.openPaths()) this.workspace.document(path)?.problems();
    return this.looked.toSorted();
  }
}

/** The text with an edit in the place of it that a number picks; as it was where it cannot be made. */
function replaced(text: string, [from, to]: readonly [string, string], pick: number): string {
  const places: number[] = [];
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + 1)) places.push(at);
  const place = places[pick % Math.max(1, places.length)];
  return place === undefined ? text : text.slice(0, place) + to + text.slice(place + from.length);
}

const STEP = fc.record({
  file: fc.constantFrom(...Object.keys(AGAIN_FILES), "schema"),
  edit: fc.nat(),
  pick: fc.nat({ max: 7 }),
  back: fc.nat({ max: 5 }).map((number) => number === 0),
});

test("after edits, everything is found that a fresh look finds: circles of imports, pipelines, triggers, a changed schema", () => {
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 1, maxLength: 12 }), (steps) => {
      const files: Record<string, string> = { ...AGAIN_FILES };
      let schema = AGAIN_SCHEMA;
      const project = new Project(files, schema);
      project.found();
      for (const { file, edit, pick, back } of steps) {
        const edits = required(AGAIN_EDITS[file], file);
        const change = required(edits[edit % edits.length], "edit");
        if (file === "schema") schema = back ? AGAIN_SCHEMA : replaced(schema, change, pick);
        else files[file] = back ? (AGAIN_FILES[file] ?? "") : replaced(files[file] ?? "", change, pick);
        project.setSchema(schema);
        if (file !== "schema") project.edit(file, files[file] ?? "");
        expect(project.found(), JSON.stringify({ files, schema })).toEqual(new Project(files, schema).found());
      }
    }),
    { numRuns: Number(process.env["CHECK_RUNS"] ?? 12), ...seedOf() },
  );
});

function seedOf(): { readonly seed?: number } {
  const seed = process.env["CHECK_SEED"];
  return { seed: Number(seed ?? 5) };
}

/** What is looked at again after one edit, and whether it is less than a file. */
function afterEdit(file: string, edit: readonly [string, string]): string {
  const project = new Project(AGAIN_FILES, AGAIN_SCHEMA);
  project.lookedAt();
  const before = file === "schema" ? AGAIN_SCHEMA : required(AGAIN_FILES[file], file);
  const after = replaced(before, edit, 0);
  expect(after).not.toBe(before);
  if (file === "schema") project.setSchema(after);
  else project.edit(file, after);
  const looked = project.lookedAt();
  expect(project.lookedAt()).toEqual([]);
  return looked.join(" ");
}

test.each<readonly [what: string, file: string, from: string, to: string, looked: string]>([
  ["a body", "main.grz", "a + 1", "a + 2", "main.plain1"],
  ["a header, and who uses it", "main.grz", "plain1 (a int)", "plain1 (a float)", "main.plain1 main.plain2"],
  ["a pipeline", "flow.grz", "on_error: 'stop'", "on_error: 'continue'", "flow.hourly"],
  ["a body next to pipelines", "flow.grz", "x + 1", "x + 2", "flow.other1"],
  ["the body of a step", "flow.grz", "return 1", "return 2", "flow.extract"],
  ["what a step writes", "flow.grz", "DELETE FROM quiet", "DELETE FROM audit", "flow.clean"],
  ["what a step gives", "flow.grz", "extract () returns int", "extract () returns float", "flow.extract flow.nightly"],
  ["a pipeline's member", "flow.grz", "'hourly.last'", "'hourly.end'", "flow.hourly flow.member"],
  ["what a schedule is bound to", "flow.grz", "sched: ['evening']", "sched: []", "flow.by_sched flow.evening"],
])("%s: only that is looked at", (_, file, from, to, looked) => {
  expect(afterEdit(file, [from, to]), looked).toBe(looked);
});

test.each<readonly [what: string, file: string, from: string, to: string, looked: string]>([
  ["a body that others import", "lone.grz", "len(s)", "len(s) + 1", "lone.lone_value main.left main.lone"],
  [
    "a header that others import",
    "lone.grz",
    "lone_value (s string)",
    "lone_value (s int)",
    "lone.lone_other lone.lone_value main.left main.lone main.use_lone",
  ],
  [
    "a body in a circle",
    "left.grz",
    "n * 2",
    "n * 3",
    "left.left_value left.left_value left.left_value main.left main.lone right.left",
  ],
  [
    "a header in a circle",
    "left.grz",
    "left_value (n int)",
    "left_value (n float)",
    "left.left_own left.left_own left.left_own left.left_value left.left_value left.left_value main.left main.lone main.use_left right.left right.right_uses",
  ],
])("%s: in other files, those that name it", (_, file, from, to, looked) => {
  expect(afterEdit(file, [from, to]), looked).toBe(looked);
});

test.each<readonly [what: string, from: string, to: string, looked: string]>([
  ["a column", "note TEXT", "note INTEGER", "flow.clean flow.extract flow.load main.notes"],
  [
    "a column under a view and a key",
    "total REAL",
    "total TEXT",
    "flow.add_order flow.items_in flow.note_order flow.orders_in main.big_ones main.join_both",
  ],
  [
    "a table that was missing",
    "CREATE TABLE quiet",
    "CREATE TABLE later (a INTEGER);\nCREATE TABLE quiet",
    "left.left_uses left.right left.right main.left main.lone main.missing right.left right.right_uses right.right_uses",
  ],
  [
    "a table that nothing names",
    "CREATE TABLE quiet",
    "CREATE TABLE fresh (a INTEGER);\nCREATE TABLE quiet",
    "left.left_uses left.right left.right main.left main.lone main.missing right.left right.right_uses right.right_uses",
  ],
  [
    "a table that goes",
    "CREATE TABLE quiet",
    "CREATE TABLE quieter",
    "flow.clean flow.extract flow.load left.left_uses left.right left.right main.left main.lone main.missing main.notes right.left right.right_uses right.right_uses",
  ],
  ["a routine", "(a int, b int)", "(a int, b string)", "main.points"],
  [
    "a type",
    "'sad')",
    "'sad', 'angry')",
    "flow.add_item flow.add_order flow.items_in flow.note_order flow.on_item flow.orders_in main.moods",
  ],
  ["a type within types", "x int, y int", "z int, y int", "main.points"],
])("%s of the database: only what names it", (_, from, to, looked) => {
  expect(afterEdit("schema", [from, to]), looked).toBe(looked);
});
