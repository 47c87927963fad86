// Steps with query templates in editors: keys, templates and their parameters in completion and hover, names in references.
import { expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { finished } from "../../../base/steps.ts";
import { makeCatalog } from "../../../compiler/catalog/catalog.ts";
import { completion } from "../../../lsp/features/completion.ts";
import { hover } from "../../../lsp/features/hover.ts";
import { makeWorkspace } from "../../../lsp/workspace/workspace.ts";
import { TEST_CRON } from "../../cron/port.ts";
import { memoryPorts } from "../memory-ports.ts";
import { fixture } from "../support.ts";

const CATALOG = makeCatalog({
  queryTemplates: [
    {
      id: 57,
      name: "orders_of",
      version: 1,
      description: "Orders of one customer.",
      isPrivate: false,
      parameters: [
        { name: "CUSTOMER", inner: "given_CUSTOMER", type: "int" },
        { name: "SINCE", inner: "given_SINCE", type: "date" },
      ],
      text: "SELECT :given_CUSTOMER, :given_SINCE",
    },
  ],
});

function proposed(source: string): readonly string[] {
  const { workspace, document, cursor } = fixture(source, CATALOG);
  const found = completion(workspace, document, cursor, { max: 50, mayGoOn: () => true, isDue: () => false });
  return (found?.items ?? []).map(({ insert, label, detail }) => `${insert ?? label} ${detail ?? ""}`);
}

function shown(source: string): string | undefined {
  const { workspace, document, cursor } = fixture(source, CATALOG);
  return finished(hover(workspace, document, cursor, TEST_CRON))?.markdown;
}

test.each([
  ["upsert PIPELINE as n ( steps: [ a(que▮", ["query:  template"]],
  ["upsert PIPELINE as n ( steps: [ a(query: ▮", ["'orders_of' query 57 orders_of (CUSTOMER int?, SINCE date?)"]],
  ["upsert PIPELINE as n ( steps: [ a(query: '▮') ] )", ["orders_of query 57 orders_of (CUSTOMER int?, SINCE date?)"]],
  ["upsert PIPELINE as n ( steps: [ a(query: 57, params: {▮", ["CUSTOMER:  int?", "SINCE:  date?"]],
  ["upsert PIPELINE as n ( steps: [ b, a(query: 'orders_of', params: {customer: 7, ▮}) ] )", ["SINCE:  date?"]],
])("proposals: %s", (source, wanted) => {
  expect(proposed(source).slice(0, wanted.length)).toEqual(wanted);
});

test("values of parameters are expressions", () => {
  expect(proposed("upsert PIPELINE as n ( steps: [ a(query: 57, params: {CUSTOMER: ▮")).not.toContain("SINCE:  date?");
});

test.each([
  ["a(qu▮ery: 57)", ["query: …", "Query template that the step runs"]],
  ["a(after: b, par▮ams: {})", ["params: …"]],
  ["a(af▮ter: b)", ["after: …", "Steps that must be done before."]],
  ["a(query: 5▮7)", ["query 57 orders_of (CUSTOMER int?, SINCE date?)", "Orders of one customer."]],
  ["a(query: 'ord▮ers_of')", ["query 57 orders_of"]],
  ["a(query: 57, params: {cust▮omer: 7})", ["(parameter) CUSTOMER: int?"]],
])("hover: %s", (step, parts) => {
  const text = shown(`upsert PIPELINE as n ( steps: [ ${step} ] )`) ?? "";
  for (const part of parts) expect(text).toContain(part);
});

test("what is wrong is found against the database beside the file", () => {
  const { document } = fixture("upsert PIPELINE as n ( steps: [ a(query: 57, params: {CUSTOMER: 1}) ] )", CATALOG);
  expect(document.checked().problems.map(({ message }) => message)).toEqual(["a needs a value for SINCE."]);
});

test("a template that changes in the database is checked anew, and nothing but the pipelines that name one", () => {
  const files: Record<string, string> = {
    "/project/main.gobi": "1",
    "/project/a.grz":
      "procedure p () { print 1 }\nupsert PIPELINE as n ( steps: [ a(query: 57, params: {CUSTOMER: 1}) ] )",
  };
  let view = makeCatalog();
  const looked: string[] = [];
  const workspace = makeWorkspace({
    ...memoryPorts(files),
    openDatabase: () => ({ view: () => view, close: () => undefined }),
    checked: (_path, items) => void looked.push(...items.map(({ statement }) => statement.kind)),
  });
  workspace.setFolders(["/project"]);
  workspace.open("/project/a.grz", files["/project/a.grz"] ?? "", 1);
  const codes = (): readonly string[] =>
    required(workspace.document("/project/a.grz"), "the file")
      .checked()
      .problems.map(({ code }) => code);
  expect(codes()).toEqual(["E7068"]);
  looked.length = 0;
  view = CATALOG;
  files["/project/main.gobi"] = "2";
  workspace.refreshCatalogs();
  expect(codes()).toEqual(["E3010"]);
  expect(looked).toEqual(["pipeline"]);
});
