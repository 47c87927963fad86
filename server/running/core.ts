// The inside of a session: its connection with everything that hangs on it, put together once. The functions of this folder work on it.
import { randomBytes } from "node:crypto";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { createParseCache } from "../../compiler/syntax/parse-cache.ts";
import type { Problem } from "../../base/problem.ts";
import { type AttachedGobi, attachedGobi } from "../attached/attached-gobi.ts";
import { newId } from "../catalog/identifiers.ts";
import type { Job } from "../host/jobs.ts";
import { manage } from "../manage/manage.ts";
import { makeCatalogState, type CatalogState } from "../programs/catalog-state.ts";
import type { CheckInput, KnownVariable, LoadedScript } from "../programs/pipeline.ts";
import { type ImportedModules, moduleFinders } from "../programs/standard-library.ts";
import { makeDynamicStatements } from "../programs/dynamic-statements.ts";
import { makeStoredPrograms, type StoredPrograms } from "../programs/stored.ts";
import type {
  OutputSink,
  ServeOptions,
  SessionClock,
  SessionGrants,
  SessionLimits,
  SessionOptions,
} from "../session-types.ts";
import { runAuthority, sessionAuthority } from "../security/session-authority.ts";
import { type Denials, makeDenials } from "../security/denials.ts";
import type { Authority } from "../security/types.ts";
import { cronPort } from "../scheduler/cron-library.ts";
import { makeSessionTriggers, type SessionTriggers } from "../triggers/session-triggers.ts";
import { deliverTriggers } from "./deliver-triggers.ts";
import { makeJobRecord, type JobRecord } from "./job-records.ts";
import { makeManageWorld } from "./manage-world.ts";
import type { SessionRuns } from "./session-runs.ts";
import { makeRuntime, type Runtime } from "./runtime.ts";

/** The inside of a session. */
export interface SessionCore {
  readonly options: SessionOptions;
  readonly runtime: Runtime;
  readonly catalog: CatalogState;
  readonly programs: StoredPrograms;
  readonly triggers: SessionTriggers;
  /** Script variables of `executeStatement`, by folded name. */
  readonly variables: Map<string, KnownVariable>;
  /** True while a text runs that leaves variables of its own in the session when it ends. */
  declaring: boolean;
  /** True once something of the session was set otherwise than it begins: a PRAGMA, triggers for the session, the clock. */
  adjusted: boolean;
  /** Modules that its texts have imported, as their files were then. */
  readonly imported: ImportedModules;
  /** Names of the tests seen so far. */
  readonly tests: Set<string>;
  /** Compiled scripts by text; see execute.ts. */
  readonly scripts: Map<string, { readonly generation: number; readonly script: LoadedScript }>;
  readonly cancelFlag: Int32Array;
  readonly seed: number;
  /** True while a statement that goes straight to the session runs at the top level. */
  direct: boolean;
  /** True while a test runs. */
  testing: boolean;
  closed: boolean;
  /** True while firings of the outbox are called. */
  delivering: boolean;
  /** Counts work that followed statements by itself. */
  followUps: number;
  /** Work of the server that goes on in this session. */
  serving: ServeOptions | undefined;
  /** Called when a statement's transaction has been committed, or none is open. */
  afterCommit: (() => void) | undefined;
  /** Runs that statements have asked for and that have not been looked at since. */
  askedRuns: string[];
  /** True while they are done. */
  doingRuns: boolean;
  readonly sessionId: string;
  /** Whom it acts for; undefined: one owner, who is asked nothing. Replaced while a run works for its owner. */
  authority: Authority | undefined;
  readonly denials: Denials;
  /** True when the session stands in the list of processes. */
  registered: boolean;
  /** Limits of the session's own statements. */
  limits: SessionLimits;
  setLimits(limits: SessionLimits): void;
  checkInput(catalog: CatalogView, variables: readonly KnownVariable[] | undefined): CheckInput;
  changed(what: "schema" | "catalog"): void;
  /** The daemon of this machine: attached when ATTACH Gobi has said so. */
  readonly gobi: AttachedGobi;
  /** Starts what a client asked for: a cancellation of what ran before is over, changes of other connections are noticed. @throws EngineError. */
  begin(): void;
}

const MACHINE_CLOCK: SessionClock = {
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  elapsedMs: () => performance.now(),
};
const DEFAULT_GRANTS: SessionGrants = { clock: true, random: true, files: true, network: false };

function drawSeed(): number {
  return Number(randomBytes(8).readBigUInt64LE() & 0x1f_ffff_ffff_ffffn);
}

function refusal(what: string, problems: readonly Problem[]): string {
  const reasons = problems.map((problem) => `${problem.code} ${problem.message}`).join(" ");
  return `The stored bytecode of ${what} was refused and is compiled again. ${reasons}`.trimEnd();
}

/** True for texts of somebody who may not do everything. */
function isLimited({ principal, user }: SessionOptions): boolean {
  return principal === undefined ? user !== undefined : !principal.superuser || principal.scopes !== undefined;
}

/** Only who may be stopped pays for it: the REPL and runs with a time limit. */
function mayBeStopped(options: SessionOptions): boolean {
  return options.cancelFlag !== undefined || options.limits?.timeoutMs !== undefined;
}

/** Opens the connection and puts the session together. @throws EngineError of `Engine.connect`. */
export function makeCore(options: SessionOptions): SessionCore {
  const { database, engine } = options;
  let interruption: Runtime["interruption"] = () => undefined;
  const connection = engine.connect({
    target: database,
    readOnly: options.readOnly ?? false,
    create: options.create ?? true,
    keptOpen: options.keptOpen ?? false,
    mmapBytes: options.mmapBytes,
    ...(options.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: options.busyTimeoutMs }),
    nowMicros: () => runtime.host.nowMicros(),
    ...(mayBeStopped(options) ? { interrupt: () => interruption() } : {}),
  });
  const catalog = makeCatalogState(connection, { polls: !["", ":memory:"].includes(database), shared: options.shared });
  const imported: ImportedModules = new Map();
  const modulesFor = moduleFinders(options.directory ?? process.cwd(), { confined: isLimited(options), imported });
  const cancelFlag = options.cancelFlag ?? new Int32Array(new SharedArrayBuffer(4));
  const parsed = createParseCache();
  const cron = cronPort(() => runtime.nowMicros() / 1000);
  const checkInput = (view: CatalogView, variables: readonly KnownVariable[] | undefined): CheckInput => ({
    catalog: view,
    modulesFor,
    strict: options.strict ?? false,
    variables,
    parsed,
    cron,
  });
  const programs = makeStoredPrograms({
    connection,
    catalog,
    // A declaration that is stored was parsed as part of its script, whose cache stays as it is.
    checkInput: (view) => ({ ...checkInput(view, undefined), parsed: createParseCache({ over: parsed }) }),
    refused: (routine, problems) => options.output.log("warn", refusal(`${routine.kind} ${routine.name}`, problems)),
    loaded: (program) => runtime.functions.addProgram(program),
  });
  const triggers = makeSessionTriggers({
    connection,
    catalog,
    checkInput: (view) => checkInput(view, undefined),
    refused: (what, problems) => options.output.log("warn", refusal(what, problems)),
    loaded: (program) => runtime.functions.addProgram(program),
    place: () => runtime,
    native: options.triggerWay === undefined || options.triggerWay === "native",
    notice: (text) => runtime.output.notice(text),
    deriveAgain: (name) => programs.deriveAgain(runtime, name),
  });
  const seed = options.seed ?? drawSeed();
  const runtime = makeRuntime({
    connection,
    readOnly: options.readOnly ?? false,
    output: outputOf(() => core.serving?.output ?? options.output),
    grants: { ...DEFAULT_GRANTS, ...options.grants },
    clock: options.clock ?? MACHINE_CLOCK,
    seed,
    limits: options.limits ?? {},
    cancelFlag,
    resolve: (reference) => programs.resolve(reference),
    manage: (form, args) => manage(manageWorld, form, args),
    changed: () => catalog.changed("schema"),
    generation: () => catalog.generation,
    triggers: () => core.triggers,
    triggerWay: options.triggerWay,
    daemonRows: options.daemonRows ?? (() => "[]"),
    statement: makeDynamicStatements({
      catalog,
      checkInput: (variables) => checkInput(catalog.view(), variables),
      loaded: (program) => runtime.functions.addProgram(program),
    }),
    schema: () => catalog.schema(),
    beforeWriting: options.beforeWriting,
    authority: () => core.authority,
    beforeCommit: () => {
      const changed = programs.keepRefreshed(runtime);
      if (changed.length > 0) triggers.follow({ tables: [], routines: changed });
      triggers.keep();
      core.serving?.beforeCommit(connection);
    },
    settled: () => {
      deliverTriggers(core);
      core.afterCommit?.();
    },
    jobs: {
      asked: (job) => jobRecord.asked(job),
      around: (job, alone, work) => aroundJob(core, jobRecord, job, alone, work),
      ended: (job) => {
        jobRecord.ended(job);
        if (job.status === "failed" && job.detached)
          runtime.output.log("error", `${job.routine.code.name}: ${job.error?.message ?? "failed"}`);
      },
    },
  });
  interruption = () => runtime.interruption();
  const core: SessionCore = {
    options,
    runtime,
    catalog,
    programs,
    triggers,
    variables: new Map(),
    declaring: false,
    adjusted: false,
    imported,
    tests: new Set(),
    scripts: new Map(),
    cancelFlag,
    seed,
    direct: false,
    testing: false,
    closed: false,
    delivering: false,
    followUps: 0,
    serving: undefined,
    afterCommit: undefined,
    askedRuns: [],
    doingRuns: false,
    registered: false,
    sessionId: newId(runtime.nowMicros() / 1000),
    authority: undefined,
    denials: makeDenials(runtime, options.readOnly ?? false),
    limits: options.limits ?? {},
    setLimits: (limits) => {
      core.limits = limits;
      runtime.setLimits(limits);
    },
    checkInput,
    changed: (what) => catalog.changed(what),
    gobi: attachedGobi({
      connection,
      engine,
      database,
      directory: options.directory ?? process.cwd(),
      inDaemon: options.daemonRows !== undefined,
      schemaChanged: () => catalog.changed("schema"),
    }),
    begin: () => {
      Atomics.store(cancelFlag, 0, 0);
      runtime.forgetLocked();
      catalog.poll();
      runtime.functions.follow(catalog.generation, (name) => catalog.routines(name).length > 0);
      core.gobi.poll();
      core.denials.flush();
    },
  };
  if (options.principal !== undefined) core.authority = sessionAuthority(core, options.principal);
  const manageWorld = makeManageWorld(core);
  if (options.attachGobi === true) core.gobi.attachAround();
  const jobRecord = makeJobRecord({
    runs: sessionRuns(core),
    runtime,
    canRecord: () => options.readOnly !== true && catalog.hasCatalog(),
  });
  return core;
}

/** Does work of the server on a session; what it printed to and its limits come back afterwards. */
export function serve<T>(core: SessionCore, options: ServeOptions, work: () => T): T {
  const before = core.serving;
  const { authority } = core;
  core.serving = options;
  core.runtime.setLimits(options.limits);
  try {
    if (options.runId !== undefined) core.authority = runAuthority(core, options.runId);
    return work();
  } finally {
    core.serving = before;
    core.authority = authority;
    core.runtime.setLimits(before?.limits ?? core.limits);
  }
}

/** The work of an asynchronous call: what it prints goes into its log too, and its commit carries the mark that it is done. */
function aroundJob<T>(core: SessionCore, record: JobRecord, job: Job, alone: boolean, work: () => T): T {
  const before = core.serving;
  record.begun(job);
  core.serving = {
    output: record.output(job, before?.output ?? core.options.output),
    limits: before?.limits ?? core.limits,
    beforeCommit: (connection) => {
      if (alone) record.committing(job, connection);
      else before?.beforeCommit(connection);
    },
  };
  try {
    return work();
  } finally {
    core.serving = before;
  }
}

/** The session as the runs see it that it does itself. */
export function sessionRuns(core: SessionCore): Omit<SessionRuns, "session"> {
  const { runtime } = core;
  return {
    connection: runtime.connection,
    output: runtime.output,
    sessionId: core.sessionId,
    clock: {
      nowMs: () => runtime.nowMicros() / 1000,
      monotonicMs: () => runtime.elapsedMs(),
      // A session is synchronous: it never waits.
      timer: () => () => undefined,
    },
    registered: () => {
      core.registered = true;
    },
  };
}

/** An output that asks each time where it goes. */
function outputOf(current: () => OutputSink): OutputSink {
  return {
    print: (text) => current().print(text),
    log: (level, text) => current().log(level, text),
    notice: (text) => current().notice(text),
  };
}
