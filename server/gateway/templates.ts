// The templates as the gateway keeps them: read from the database at the start and when the catalog has changed. One that cannot serve is left out with its reason.
import { cell } from "../../base/value/column.ts";
import { Json, type Value } from "../../base/value/value.ts";
import type { RawTable } from "./json.ts";
import {
  PARAMETER_TYPES,
  type Caller,
  type Callers,
  type ParameterType,
  type QueryTemplate,
  type Queue,
  QUEUES,
} from "./types.ts";

const QUESTION = `SELECT t.namespace, t.query_id, t.version, t.name, t.description, t.lane, t.timeout_ms, t.visibility, t.params, s.sql_text
  FROM system.query_templates t JOIN system.query_template_sql s ON s.namespace = t.namespace AND s.query_id = t.query_id
  WHERE t.status = 'active' AND s.dialect IN ('generic', 'sqlite') ORDER BY t.query_id, s.dialect`;

/** Templates that serve, and what is wrong with the others. */
export interface Templates {
  /** Read anew when somebody changed the catalog. @throws GrizzlyError. */
  find(id: number): Promise<QueryTemplate | undefined>;
  /** Number of those that serve, and the reasons of the others. @throws GrizzlyError. */
  status(): Promise<{ readonly entries: number; readonly rejected: readonly string[] }>;
}

interface Loaded {
  readonly templates: ReadonlyMap<number, QueryTemplate>;
  readonly rejected: readonly string[];
}

/** How long what was read is believed without asking: somebody may have changed a template. */
const FRESH_MS = 250;

/** A cache that has read nothing yet. */
export function makeTemplates(callers: Callers, monotonicMs: () => number): Templates {
  let loaded: { readonly epoch: number; readonly content: Loaded } | undefined;
  let checkedMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<Loaded> | undefined;
  const load = async (): Promise<Loaded> => {
    const owner = await callers.owner();
    const epoch = await owner.session(async (session) => {
      await session.query("SELECT 1");
      return session.catalogEpoch;
    });
    checkedMs = monotonicMs();
    if (loaded?.epoch === epoch) return loaded.content;
    const content = await read(owner);
    loaded = { epoch, content };
    return content;
  };
  const current = async (): Promise<Loaded> => {
    if (loaded !== undefined && monotonicMs() - checkedMs < FRESH_MS) return loaded.content;
    loading ??= load().finally(() => (loading = undefined));
    return await loading;
  };
  return {
    find: async (id) => (await current()).templates.get(id),
    status: async () => {
      const { templates, rejected } = await current();
      return { entries: templates.size, rejected };
    },
  };
}

async function read(owner: Caller): Promise<Loaded> {
  const [result] = await owner.run(QUESTION);
  const templates = new Map<number, QueryTemplate>();
  const rejected: string[] = [];
  if (result?.kind !== "table") return { templates, rejected };
  for (const row of rowsOf(result)) {
    const template = templateOf(row);
    // What stands for one dialect comes behind `generic` and takes its place.
    if (typeof template === "string") rejected.push(template);
    else templates.set(template.id, template);
  }
  for (const template of templates.values()) {
    const prepared = await readOnly(owner, template);
    if (typeof prepared === "string") {
      rejected.push(prepared);
      templates.delete(template.id);
    } else templates.set(template.id, { ...template, readOnly: prepared });
  }
  return { templates, rejected };
}

function rowsOf({ parts }: RawTable): readonly (readonly Value[])[] {
  return parts.flatMap((part) =>
    Array.from({ length: part.length }, (_, row) => part.columns.map((column) => cell(column, row))),
  );
}

function templateOf(row: readonly Value[]): QueryTemplate | string {
  const [namespace, id, version, name, description, queue, timeout, visibility, params, text] = row;
  const what = `Query ${String(id)} (${String(name)})`;
  if (!(QUEUES as readonly unknown[]).includes(queue)) return `${what}: there is no lane ${String(queue)}.`;
  const declared = JSON.parse(params instanceof Json ? params.text : String(params)) as Record<string, string>;
  const odd = Object.entries(declared).find(([, type]) => !(PARAMETER_TYPES as readonly string[]).includes(type));
  if (odd !== undefined) return `${what}: ${odd[0]} has no known type (${odd[1]}).`;
  return {
    namespace: String(namespace),
    id: Number(id),
    version: Number(version),
    name: String(name),
    description: typeof description === "string" ? description : "",
    readOnly: false,
    queue: queue as Queue,
    timeoutMs: Number(timeout),
    isPublic: visibility === "public",
    params: declared as Readonly<Record<string, ParameterType>>,
    text: String(text),
  };
}

/** Whether a template only reads; a text when it cannot be prepared. */
async function readOnly(owner: Caller, template: QueryTemplate): Promise<boolean | string> {
  try {
    return await owner.session(async (session) => {
      const statement = await session.prepare(template.text);
      await statement.close();
      return statement.readOnly;
    });
  } catch (error) {
    return `Query ${template.id} (${template.name}): ${error instanceof Error ? error.message : String(error)}`;
  }
}
