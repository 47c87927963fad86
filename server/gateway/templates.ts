// The templates as the gateway keeps them: read at the start and when somebody has changed them, each checked against the schema.
// One that cannot serve is left out with its reason, and the version before it goes on serving. Reading that fails is tried again by itself.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { TemplateUse } from "../lanes/lane-actions.ts";
import { rowsJson, type RawTable } from "./json.ts";
import type { TemplateReport } from "./messages.ts";
import { STORED_TEMPLATES, templateRows } from "./template-rows.ts";
import { type Caller, type GatewaySettings, OWN_NAMESPACE, type QueryTemplate, type TemplateRow } from "./types.ts";

/** Templates that serve, and what is wrong with the others. */
export interface Templates {
  /** Read anew when somebody changed them. @throws GrizzlyError while they were never read. */
  find(id: number): Promise<QueryTemplate | undefined>;
  /** Reads them when they may have changed, and tells what there is. Never fails: `problem` says why. */
  report(): Promise<TemplateReport>;
  /** Counts an answer. */
  used(template: QueryTemplate): void;
  /** Writes what was counted to the database. @throws GrizzlyError: it is kept for the next time. */
  writeUse(): Promise<void>;
  /** Tries again no more. */
  close(): void;
}

/** What the templates need. */
export interface TemplatesWorld {
  readonly settings: Pick<GatewaySettings, "database" | "bootstrap" | "hostFolder">;
  /** The owner of this mount. */
  owner(): Promise<Caller>;
  /** The owner of the mount that holds the templates; undefined: this one does. */
  readonly host: (() => Promise<Caller>) | undefined;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  /** Told what there is when it has changed. */
  readonly tell: (report: TemplateReport) => void;
}

/** How long what was read is believed without asking: somebody may have changed a template. */
const FRESH_MS = 250;
/** Pauses before reading is tried again; the last one stays. */
const RETRY_MS = [500, 1000, 2000, 5000] as const;

interface Serving {
  readonly template: QueryTemplate;
  /** Epoch of the schema against which it was checked. */
  readonly epoch: number;
}

interface Loaded {
  readonly signature: string;
  readonly epoch: number;
  readonly templates: ReadonlyMap<number, Serving>;
  readonly rejected: readonly string[];
}

interface State {
  readonly world: TemplatesWorld;
  loaded: Loaded | undefined;
  problem: string | undefined;
  told: string;
  checkedMs: number;
  loading: Promise<void> | undefined;
  retries: number;
  retry: NodeJS.Timeout | undefined;
  closed: boolean;
  readonly uses: Map<string, TemplateUse>;
}

/** Templates that are being read from now on. */
export function makeTemplates(world: TemplatesWorld): Templates {
  const state: State = {
    world,
    loaded: undefined,
    problem: undefined,
    told: "",
    checkedMs: Number.NEGATIVE_INFINITY,
    loading: undefined,
    retries: 0,
    retry: undefined,
    closed: false,
    uses: new Map(),
  };
  void refresh(state);
  return {
    find: async (id) => {
      await refresh(state);
      const { loaded } = state;
      if (loaded === undefined)
        throw new GrizzlyError("ServiceUnavailable", `The query templates cannot be read: ${state.problem ?? ""}`);
      const serving = loaded.templates.get(id);
      if (serving === undefined || serving.epoch === loaded.epoch) return serving?.template;
      return await checkedAgain(state, loaded, serving);
    },
    report: async () => {
      await refresh(state);
      return reportOf(state);
    },
    used: ({ namespace, id }) => {
      const key = `${namespace} ${id}`;
      const count = (state.uses.get(key)?.count ?? 0) + 1;
      state.uses.set(key, { namespace, id, count, lastUsedMs: world.nowMs() });
    },
    writeUse: async () => await writeUse(state),
    close: () => {
      state.closed = true;
      clearTimeout(state.retry);
    },
  };
}

function reportOf({ loaded, problem }: State): TemplateReport {
  return { entries: loaded?.templates.size ?? 0, rejected: loaded?.rejected ?? [], problem };
}

/** Makes sure that what is loaded is not older than FRESH_MS. One reading at a time: a version never goes back. */
async function refresh(state: State): Promise<void> {
  if (state.loaded !== undefined && state.world.monotonicMs() - state.checkedMs < FRESH_MS) return;
  state.loading ??= load(state).finally(() => (state.loading = undefined));
  await state.loading;
}

async function load(state: State): Promise<void> {
  const { world } = state;
  try {
    const startedMs = world.monotonicMs();
    await readAnew(state);
    state.checkedMs = startedMs;
    state.problem = undefined;
    state.retries = 0;
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    const whose = world.host === undefined ? "" : `host database ${world.settings.hostFolder ?? ""}: `;
    state.problem = `${whose}${error.message}`;
    // Requests wait for no second try: they are told the reason.
    state.checkedMs = world.monotonicMs();
    tryLater(state);
  }
  const report = reportOf(state);
  const told = JSON.stringify(report);
  if (told !== state.told) world.tell(report);
  state.told = told;
}

function tryLater(state: State): void {
  if (state.closed || state.retry !== undefined) return;
  const pauseMs = RETRY_MS[Math.min(state.retries, RETRY_MS.length - 1)] ?? 0;
  state.retries += 1;
  state.retry = setTimeout(() => {
    state.retry = undefined;
    state.checkedMs = Number.NEGATIVE_INFINITY;
    void refresh(state);
  }, pauseMs);
}

async function readAnew(state: State): Promise<void> {
  const { world, loaded } = state;
  const { database, bootstrap, hostFolder } = world.settings;
  const owner = await world.owner();
  const source = world.host === undefined ? owner : await world.host();
  const epoch = await epochOf(owner);
  // Rows of tables of the user's own move no epoch: their text itself tells whether they have changed.
  const namespace = hostFolder === undefined ? OWN_NAMESPACE : database;
  const ask = async (): Promise<RawTable> =>
    bootstrap === undefined
      ? await rowsOf(source, STORED_TEMPLATES, { namespace })
      : await rowsOf(source, bootstrap, bootstrapParameters(bootstrap, database));
  const rows = bootstrap === undefined ? undefined : await ask();
  const sourceEpoch = world.host === undefined ? epoch : await epochOf(source);
  const signature = rows === undefined ? `epoch ${sourceEpoch}` : rowsJson(rows);
  if (loaded?.signature === signature) {
    state.loaded = { ...loaded, epoch };
    return;
  }
  const read = templateRows(rows ?? (await ask()), namespace);
  const rejected = [...read.rejected];
  const templates = new Map<number, Serving>();
  for (const row of read.templates.values()) {
    const before = loaded?.templates.get(row.id);
    if (before !== undefined && isSame(before.template, row)) {
      templates.set(row.id, before);
      continue;
    }
    const checked = await check(owner, row);
    if (typeof checked !== "string") templates.set(row.id, { template: checked, epoch });
    else if (before === undefined) rejected.push(checked);
    else {
      rejected.push(`${checked} Version ${before.template.version} goes on serving.`);
      templates.set(row.id, before);
    }
  }
  state.loaded = { signature, epoch, templates, rejected };
}

/** Only what stands in the text may be given. */
function bootstrapParameters(text: string, database: string): Readonly<Record<string, unknown>> {
  return /:database\b/iu.test(text) ? { database } : {};
}

/** Epoch of the catalog, in which every change of a template is. */
async function epochOf(caller: Caller): Promise<number> {
  return await caller.session(async (session) => {
    await session.query("SELECT 1");
    return session.catalogEpoch;
  });
}

async function rowsOf(caller: Caller, text: string, params: Readonly<Record<string, unknown>>): Promise<RawTable> {
  const table = (await caller.run(text, params)).at(-1);
  if (table?.kind === "table") return table;
  throw new GrizzlyError("NotAQuery", "The bootstrap query gives no rows.");
}

function isSame(template: QueryTemplate, row: TemplateRow): boolean {
  return JSON.stringify(row) === JSON.stringify(rowOf(template));
}

function rowOf({ readOnly: _readOnly, repeatable: _repeatable, ...row }: QueryTemplate): TemplateRow {
  return row;
}

interface Description {
  readonly problems?: readonly string[];
  readonly readOnly?: boolean;
  readonly repeatable?: boolean;
  readonly parameters?: readonly string[];
}

/** A template that can serve; a text when it cannot. @throws GrizzlyError. */
async function check(owner: Caller, row: TemplateRow): Promise<QueryTemplate | string> {
  const what = `Query ${row.id} (${row.name})`;
  const said = (await owner.session((session) => session.control("describe_query", row.text))) as Description;
  if (said.problems !== undefined) return `${what}: ${said.problems.join(" ")}`;
  const bare = (said.parameters ?? []).filter((name) => row.params[name] === undefined);
  if (bare.length > 0) return `${what}: ${bare.map((name) => `:${name}`).join(", ")} is not in its params.`;
  return { ...row, readOnly: said.readOnly === true, repeatable: said.repeatable === true };
}

/** The schema has changed since it was checked. One that has become wrong stays: running it tells why. */
async function checkedAgain(state: State, loaded: Loaded, { template }: Serving): Promise<QueryTemplate> {
  const checked = await check(await state.world.owner(), rowOf(template));
  const again = typeof checked === "string" ? { ...template, repeatable: false } : checked;
  if (state.loaded === loaded) {
    const templates = new Map(loaded.templates).set(template.id, { template: again, epoch: loaded.epoch });
    state.loaded = { ...loaded, templates };
  }
  return again;
}

async function writeUse({ world, uses }: State): Promise<void> {
  if (uses.size === 0) return;
  const taken = [...uses.values()];
  uses.clear();
  try {
    const owner = await world.owner();
    await owner.session((session) => session.control("note_template_use", taken));
  } catch (error) {
    for (const use of taken) {
      const key = `${use.namespace} ${use.id}`;
      uses.set(key, { ...use, count: use.count + (uses.get(key)?.count ?? 0) });
    }
    throw error;
  }
}
