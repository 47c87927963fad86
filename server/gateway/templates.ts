// The templates as the gateway keeps them: read at the start and when somebody has changed them, each checked against the schema.
// One that cannot serve is left out with its reason, and the version before it goes on serving. Reading that fails is tried again by itself.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { TemplateUse } from "../lanes/lane-actions.ts";
import { rowsJson, type RawTable } from "./json.ts";
import type { TemplateReport } from "./messages.ts";
import { STORED_TEMPLATES, templateRows } from "./template-rows.ts";
import { OWN_NAMESPACE } from "../catalog/template-types.ts";
import type { Caller, GatewaySettings, QueryTemplate, TemplateRow } from "./types.ts";

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
  /** Moves with every commit to this mount's database, where it is looked at already; undefined: it is not. */
  readonly version: () => number | undefined;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  /** Told what there is when it has changed. */
  readonly tell: (report: TemplateReport) => void;
}

/** How long what was read is believed without asking: somebody may have changed a template. */
const FRESH_MS = 250;
/** Pauses before reading is tried again; the last one stays. */
const RETRY_MS = [500, 1000, 2000, 5000] as const;

/** A template that was read. Whether it can serve is found when it is wanted, or a little later. */
interface Entry {
  readonly row: TemplateRow;
  /** What serves: of this row, or of the version before it. */
  template: QueryTemplate | undefined;
  /** Epoch of the schema against which the row was checked; undefined: it was not. */
  epoch: number | undefined;
  /** Why the row cannot serve. */
  reason: string | undefined;
  checking: Promise<void> | undefined;
}

interface Loaded {
  readonly signature: string;
  readonly epoch: number;
  readonly entries: ReadonlyMap<number, Entry>;
  /** Rows that are no templates. */
  readonly rejected: readonly string[];
}

interface State {
  readonly world: TemplatesWorld;
  loaded: Loaded | undefined;
  problem: string | undefined;
  told: string;
  checkedMs: number;
  /** Version of the database before the last check. */
  checkedVersion: number | undefined;
  loading: Promise<void> | undefined;
  retries: number;
  retry: NodeJS.Timeout | undefined;
  closed: boolean;
  /** What was read last is being checked, one after the other. */
  checking: Promise<void> | undefined;
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
    checkedVersion: undefined,
    loading: undefined,
    retries: 0,
    retry: undefined,
    closed: false,
    checking: undefined,
    uses: new Map(),
  };
  void refresh(state);
  return {
    find: async (id) => {
      await refresh(state);
      const { loaded } = state;
      if (loaded === undefined)
        throw new GrizzlyError("ServiceUnavailable", `The query templates cannot be read: ${state.problem ?? ""}`);
      const entry = loaded.entries.get(id);
      if (entry !== undefined && entry.epoch !== loaded.epoch) await checkEntry(state, loaded, entry);
      return entry?.template;
    },
    report: async () => {
      await refresh(state);
      await state.checking;
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
  const entries = [...(loaded?.entries.values() ?? [])];
  return {
    entries: entries.filter(({ template }) => template !== undefined).length,
    rejected: [...(loaded?.rejected ?? []), ...entries.flatMap(({ reason }) => (reason === undefined ? [] : [reason]))],
    problem,
  };
}

/** Tells what there is, when it is something else than what was told last. */
function tellChange(state: State): void {
  const report = reportOf(state);
  const told = JSON.stringify(report);
  if (told !== state.told && !state.closed) state.world.tell(report);
  state.told = told;
}

/** Makes sure that what is loaded is not older than FRESH_MS. One reading at a time: a version never goes back. */
async function refresh(state: State): Promise<void> {
  const { world } = state;
  if (state.loaded !== undefined) {
    if (world.monotonicMs() - state.checkedMs < FRESH_MS) return;
    // Nothing was committed to the database that holds them: no lane is asked.
    if (world.host === undefined && state.problem === undefined) {
      const version = world.version();
      if (version !== undefined && version === state.checkedVersion) return;
    }
  }
  state.loading ??= load(state).finally(() => (state.loading = undefined));
  await state.loading;
}

async function load(state: State): Promise<void> {
  const { world } = state;
  try {
    const startedMs = world.monotonicMs();
    const version = world.version();
    await readAnew(state);
    state.checkedMs = startedMs;
    state.checkedVersion = version;
    state.problem = undefined;
    state.retries = 0;
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    const whose = world.host === undefined ? "" : `host database ${world.settings.hostFolder ?? ""}: `;
    state.problem = `${whose}${error.message}`;
    // Requests wait for no second try: they are told the reason.
    state.checkedMs = world.monotonicMs();
    tryLater(state);
    tellChange(state);
  }
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
  const entries = new Map<number, Entry>();
  for (const row of read.templates.values()) {
    const before = loaded?.entries.get(row.id);
    const entry = before !== undefined && JSON.stringify(before.row) === JSON.stringify(row) ? before : undefined;
    entries.set(row.id, entry ?? newEntry(row, before?.template));
  }
  for (const { id } of read.rejected) {
    const before = id === undefined ? undefined : loaded?.entries.get(id);
    if (before !== undefined) entries.set(before.row.id, before);
  }
  state.loaded = { signature, epoch, entries, rejected: read.rejected.map(({ reason }) => reason) };
  state.checking = checkAll(state, state.loaded);
}

function newEntry(row: TemplateRow, template: QueryTemplate | undefined): Entry {
  return { row, template, epoch: undefined, reason: undefined, checking: undefined };
}

/** Checks what nobody has asked for yet, so that what is wrong is told. */
async function checkAll(state: State, loaded: Loaded): Promise<void> {
  try {
    for (const entry of loaded.entries.values()) {
      if (state.closed || state.loaded?.entries !== loaded.entries) return;
      if (entry.epoch === undefined) await checkEntry(state, loaded, entry);
    }
    tellChange(state);
  } catch (error) {
    // The daemon is away: each template is checked when it is wanted.
    if (!(error instanceof GrizzlyError)) throw error;
  }
}

/** Only what stands in the text may be given. */
function bootstrapParameters(text: string, database: string): Readonly<Record<string, unknown>> {
  return /:database\b/iu.test(text) ? { database } : {};
}

/** Epoch of the catalog, in which every change of a template is. */
async function epochOf(caller: Caller): Promise<number> {
  return Number(await caller.session((session) => session.control("catalog_epoch")));
}

async function rowsOf(caller: Caller, text: string, params: Readonly<Record<string, unknown>>): Promise<RawTable> {
  const table = (await caller.run(text, params)).at(-1);
  if (table?.kind === "table") return table;
  throw new GrizzlyError("NotAQuery", "The bootstrap query gives no rows.");
}

interface Description {
  readonly problems?: readonly string[];
  readonly readOnly?: boolean;
  readonly repeatable?: boolean;
  readonly reads?: readonly string[];
  readonly parameters?: readonly string[];
}

/** Finds out whether a row can serve. @throws GrizzlyError. */
async function checkEntry(state: State, loaded: Loaded, entry: Entry): Promise<void> {
  entry.checking ??= check(state, loaded, entry).finally(() => (entry.checking = undefined));
  await entry.checking;
}

async function check({ world }: State, { epoch }: Loaded, entry: Entry): Promise<void> {
  const { row, template } = entry;
  const owner = await world.owner();
  const said = (await owner.session((session) => session.control("describe_query", row.text))) as Description;
  const bare = (said.parameters ?? []).filter((name) => row.params[name] === undefined);
  const why =
    said.problems?.join(" ") ??
    (bare.length > 0 ? `${bare.map((name) => `:${name}`).join(", ")} is not in its params.` : undefined);
  const isFirst = entry.epoch === undefined;
  entry.epoch = epoch;
  if (why === undefined) {
    entry.template = {
      ...row,
      readOnly: said.readOnly === true,
      repeatable: said.repeatable === true,
      reads: said.reads ?? [],
    };
    entry.reason = undefined;
    return;
  }
  const goesOn = isFirst && template !== undefined ? ` Version ${template.version} goes on serving.` : "";
  entry.reason = `Query ${row.id} (${row.name}): ${why}${goesOn}`;
  // The schema has changed below it: running it tells why.
  if (template !== undefined) entry.template = { ...template, repeatable: false };
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
