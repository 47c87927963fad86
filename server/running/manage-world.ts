// The session as management statements see it.
import { isAbsolute, resolve as resolvePath } from "node:path";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { ManageWorld } from "../manage/world.ts";
import { storedStatement } from "../programs/catalog-state.ts";
import { disassembleRoutine } from "../programs/pipeline.ts";
import type { SessionCore } from "./core.ts";
import { profileCall } from "./profile.ts";
import { storePipelineAgain } from "./store-again.ts";

/** What management statements may ask of the session. */
export function makeManageWorld(core: SessionCore): ManageWorld {
  const { runtime, catalog, programs, options } = core;
  const directory = options.directory ?? process.cwd();
  return {
    connection: runtime.connection,
    place: runtime,
    transactions: runtime.transactions,
    output: runtime.output,
    gobi: core.gobi,
    grants: runtime.grants,
    inDaemon: options.daemonRows !== undefined,
    sessionId: core.sessionId,
    get authority() {
      return core.authority;
    },
    startedMicros: runtime.nowMicros(),
    insideRoutine: () => !core.direct,
    adjusted: () => {
      core.adjusted = true;
    },
    schemaChanged: () => catalog.changed("schema"),
    hasCatalog: () => catalog.hasCatalog(),
    triggers: core.triggers,
    fireByHand: (firing) => runtime.firing.byHand(firing),
    plan: (form, parameters) => runtime.firing.plan(form, parameters),
    jobs: () => runtime.jobs.list(),
    cancelJob: (id) => runtime.jobs.cancel(id),
    runsAsked: (runIds) => void core.askedRuns.push(...runIds),
    tests: () => [...core.tests],
    docOf: (routine) => {
      const statement = storedStatement(routine.name, routine.source);
      return statement?.kind === "routine" ? statement.doc : undefined;
    },
    compileStored: (routine) => programs.compileStored(routine),
    storePipelineAgain: (name, text) => storePipelineAgain(core, name, text),
    routine: (name, receiver, version) => programs.resolve({ name, receiver, version }),
    effectsOf: (name) => {
      const [routine] = catalog.routines(name);
      return routine === undefined ? undefined : effectsFromJson(routine.effectsJson);
    },
    disassemble: (routine) => disassembleRoutine(routine),
    profileCall: (reference, args) => profileCall(core, reference, args),
    insideTest: () => core.testing,
    setClock: (value) => {
      core.adjusted = true;
      runtime.setClock(value);
    },
    nowMicros: () => runtime.nowMicros(),
    resolvePath: (name) => (isAbsolute(name) ? name : resolvePath(directory, name)),
  };
}
