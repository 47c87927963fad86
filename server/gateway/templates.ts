// The templates as the gateway keeps them: read at the start and when somebody has changed them, each checked against the schema.
// One that cannot serve is left out with its reason, and the version before it goes on serving. Reading that fails is tried again by itself.
import { setTimeout as sleep } from "node:timers/promises";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { TemplateUse } from "../lanes/lane-actions.ts";
import { rowsJson, type RawTable } from "./json.ts";
import type { TemplateReport } from "./messages.ts";
import { checkTemplate, repeatableReads } from "./template-check.ts";
import { STORED_TEMPLATES, templateRows } from "./template-rows.ts";
import { OWN_NAMESPACE } from "../catalog/template-types.ts";
import type { Caller, GatewaySettings, QueryTemplate, Queue, TemplateRow } from "./types.ts";

/** Templates that serve, and what is wrong with the others. */
export interface Templates {
  /**
   * Read anew when somebody changed them.
   * @param queue Where it is about to run; undefined: where its row says.
   * @throws GrizzlyError while they were never read.
   */
  find(id: number, queue?: Queue): Promise<QueryTemplate | undefined>;
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
  /** Moves with every commit to this mount's database that may have written one of the tables, or any at all, where it is looked at already; undefined: it is not. */
  readonly version: (tables: readonly string[] | undefined) => number | undefined;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  /** Called when there are templates whose answers are kept: what that needs may be opened before the first request. */
  readonly keepsAnswers: () => void;
  /** Told what there is when it has changed. */
  readonly tell: (report: TemplateReport) => void;
}

/** How long what was read is believed without asking: somebody may have changed a template. */
const FRESH_MS = 250;
/** Pauses before reading is tried again; the last one stays. */
const RETRY_MS = [500, 1000, 2000, 5000] as const;
/** Without requests for so long, or after so long at the most, the next check that nobody waits for is done. */
const QUIET_MS = 10;
const CHECK_PAUSE_MS_MAX = 50;

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
  /** Version of the database before the last check, and the tables that it is of. */
  checkedVersion: number | undefined;
  tables: readonly string[] | undefined;
  loading: Promise<void> | undefined;
  retries: number;
  retry: NodeJS.Timeout | undefined;
  closed: boolean;
  /** What was read last is being checked, one after the other. */
  checking: Promise<void> | undefined;
  /** Requests for templates since the last check that nobody waited for. */
  asked: number;
  /** Those who wait for all checks. */
  reporting: number;
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
    tables: undefined,
    loading: undefined,
    retries: 0,
    retry: undefined,
    closed: false,
    checking: undefined,
    asked: 0,
    reporting: 0,
    uses: new Map(),
  };
  void refresh(state);
  return {
    find: async (id, queue) => {
      state.asked += 1;
      await refresh(state);
      const { loaded } = state;
      if (loaded === undefined)
        throw new GrizzlyError("ServiceUnavailable", `The query templates cannot be read: ${state.problem ?? ""}`);
      const entry = loaded.entries.get(id);
      // A check that was under way may have begun before the epoch that was read.
      while (entry !== undefined && entry.epoch !== loaded.epoch)
        await checkEntry(state, loaded, entry, queue ?? entry.row.queue);
      return entry?.template;
    },
    report: async () => {
      await refresh(state);
      state.reporting += 1;
      try {
        await state.checking;
      } finally {
        state.reporting -= 1;
      }
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
    // Nothing was committed that they are read from: no lane is asked.
    if (world.host === undefined && state.problem === undefined) {
      const version = world.version(state.tables);
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
    const { tables } = state;
    const version = world.version(tables);
    await readAnew(state);
    state.checkedMs = startedMs;
    // Of other tables the version before is not known: the next check is one more.
    state.checkedVersion = tables === state.tables ? version : undefined;
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
  if (bootstrap !== undefined && hostFolder === undefined && loaded?.epoch !== epoch)
    state.tables = await repeatableReads(owner, bootstrap);
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
  state.checking = checkAll(state, entries);
  if (read.templates.size > 0 && [...read.templates.values()].some(({ queue }) => queue === "cache"))
    world.keepsAnswers();
}

function newEntry(row: TemplateRow, template: QueryTemplate | undefined): Entry {
  return { row, template, epoch: undefined, reason: undefined, checking: undefined };
}

/** Checks what nobody has asked for yet, so that what is wrong is told. */
async function checkAll(state: State, entries: ReadonlyMap<number, Entry>): Promise<void> {
  try {
    for (const entry of entries.values()) {
      const { loaded } = state;
      if (state.closed || loaded?.entries !== entries) return;
      if (entry.epoch !== undefined) continue;
      // Other kinds of lanes are not started for this: a query of theirs may wait for one.
      await checkEntry(state, loaded, entry, entry.row.queue === "cache" ? "cache" : "medium");
      await giveWay(state);
    }
    tellChange(state);
  } catch (error) {
    // The daemon is away: each template is checked when it is wanted.
    if (!(error instanceof GrizzlyError)) throw error;
  }
}

/** Lets requests go first, which share processors and lanes with the checks, unless somebody waits for these too. */
async function giveWay(state: State): Promise<void> {
  for (
    let waitedMs = 0;
    state.asked > 0 && state.reporting === 0 && waitedMs < CHECK_PAUSE_MS_MAX;
    waitedMs += QUIET_MS
  ) {
    state.asked = 0;
    await sleep(QUIET_MS);
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

/** Finds out whether a row can serve. @throws GrizzlyError. */
async function checkEntry(state: State, loaded: Loaded, entry: Entry, queue: Queue): Promise<void> {
  entry.checking ??= check(state, loaded, entry, queue).finally(() => (entry.checking = undefined));
  await entry.checking;
}

async function check({ world }: State, { epoch }: Loaded, entry: Entry, queue: Queue): Promise<void> {
  const { row, template } = entry;
  const found = await checkTemplate(await world.owner(), row, queue);
  const isFirst = entry.epoch === undefined;
  entry.epoch = epoch;
  if (found.kind === "serves") {
    entry.template = found.template;
    entry.reason = undefined;
    return;
  }
  const goesOn = isFirst && template !== undefined ? ` Version ${template.version} goes on serving.` : "";
  entry.reason = `Query ${row.id} (${row.name}): ${found.why}${goesOn}`;
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
