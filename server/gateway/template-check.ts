// Whether a template can serve, by the schema as it is. Asked in the kind of lane in which the template runs: what is parsed and compiled there for the check is
// there when its query comes, and no second lane has to become fast at it.
import type { Caller, QueryTemplate, Queue, TemplateRow } from "./types.ts";

/** What became of a check. */
export type CheckedTemplate =
  | { readonly kind: "serves"; readonly template: QueryTemplate }
  | { readonly kind: "rejected"; readonly why: string };

/** As a lane describes a query. */
interface Description {
  readonly problems?: readonly string[];
  readonly readOnly?: boolean;
  readonly repeatable?: boolean;
  readonly reads?: readonly string[];
  readonly parameters?: readonly string[];
}

async function describe(owner: Caller, text: string, queue: Queue): Promise<Description> {
  return (await owner.session((session) => session.control("describe_query", text), queue)) as Description;
}

/** The tables of a query that gives the same rows as long as they stay as they are; undefined: it is no such query, or not now. @throws GrizzlyError when no lane can be asked. */
export async function repeatableReads(owner: Caller, text: string): Promise<readonly string[] | undefined> {
  const { problems, repeatable, reads } = await describe(owner, text, "medium");
  return problems === undefined && repeatable === true ? reads : undefined;
}

/** Checks a row. @throws GrizzlyError when no lane can be asked. */
export async function checkTemplate(owner: Caller, row: TemplateRow, queue: Queue): Promise<CheckedTemplate> {
  const said = await describe(owner, row.text, queue);
  const bare = (said.parameters ?? []).filter((name) => row.params[name] === undefined);
  const why =
    said.problems?.join(" ") ??
    (bare.length > 0 ? `${bare.map((name) => `:${name}`).join(", ")} is not in its params.` : undefined);
  if (why !== undefined) return { kind: "rejected", why };
  const { readOnly, repeatable, reads } = said;
  return {
    kind: "serves",
    template: { ...row, readOnly: readOnly === true, repeatable: repeatable === true, reads: reads ?? [] },
  };
}
