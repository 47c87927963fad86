// Opens sessions: the door of the server folder for the command line, the REPL and the library.
// A session is put together in running/core.ts; what its methods do is one file each in running/.
import { withGetters } from "../base/with-getter.ts";
import { Trap } from "../bytecode/trap.ts";
import { EngineError } from "../storage/engine.ts";
import { callByName } from "./running/call.ts";
import { makeCore, serve, sessionRuns, type SessionCore } from "./running/core.ts";
import { writeNow } from "./runs/store.ts";
import { askToLock } from "./security/ask-lock.ts";
import { principalOf } from "./security/people.ts";
import { sessionAuthority } from "./security/session-authority.ts";
import { seesOf } from "./security/visibility.ts";
import { doAsked } from "./running/session-runs.ts";
import { atOnce } from "./sql/at-once.ts";
import { deliverNow, keepCounts } from "./running/deliver-triggers.ts";
import { describeText } from "./running/describe-text.ts";
import { followTemplate } from "./running/follow-template.ts";
import { holdsState, isPristine } from "./running/session-state.ts";
import { executeFile } from "./running/execute.ts";
import { analyzeFile, disassembleNamed } from "./running/inspect.ts";
import { beginText, executeText } from "./running/text-run.ts";
import { callOnlyReads, textOnlyReads } from "./running/only-reads.ts";
import { runTests } from "./running/run-tests.ts";
import type { Session, SessionOptions } from "./session-types.ts";

function close(core: SessionCore): void {
  if (core.closed) return;
  core.closed = true;
  const { connection, transactions } = core.runtime;
  try {
    transactions.abandon();
    core.denials.close();
    keepCounts(core);
  } catch (error) {
    // Closing must go on: what could not be written is gone with the transaction, and the log says so.
    if (!(error instanceof EngineError) && !(error instanceof Trap)) throw error;
    const reason = error instanceof Trap ? error.value.message : error.message;
    core.runtime.output.log(
      "warn",
      `Work of autonomous blocks or counts of triggers were lost while the session closed: ${reason}`,
    );
  }
  if (core.registered) endRegistration(core);
  core.gobi.close();
  connection.close();
}

/** Takes the session off the list of processes; when that fails, its process's end tells the same. */
function endRegistration(core: SessionCore): void {
  const { connection } = core.runtime;
  try {
    atOnce(connection, () =>
      writeNow(connection, "endInstance", { instanceId: core.sessionId, at: core.runtime.nowMicros() / 1000 }),
    );
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    core.runtime.output.log("warn", `The session could not be taken off the list of processes: ${error.message}`);
  }
}

/**
 * Opens a database and gives a session on it.
 * @throws Trap NoSuchObject when there is no user of the name that is given; EngineError `cannotOpen`, `notADatabase`, `corrupt`, `permission`, `busy`: nothing was changed.
 */
export function openSession(options: SessionOptions): Session {
  const core = makeCore(options);
  if (options.user !== undefined && options.principal === undefined) actAs(core, options.user);
  const getters = {
    inTransaction: () => core.runtime.transactions.explicit,
    hasWritten: () => core.runtime.transactions.wrote,
    holdsState: () => holdsState(core),
    pristine: () => isPristine(core),
    catalogEpoch: () => core.catalog.epoch(),
    undoneBecauseLocked: () => core.runtime.undoneBecauseLocked,
    followUps: () => core.followUps,
  };
  const methods: Omit<Session, keyof typeof getters> = {
    check: (file) => analyzeFile(core, file).problems,
    analyze: (file) => analyzeFile(core, file),
    execute: (file, executeOptions) => executeFile(core, file, executeOptions ?? {}),
    begin: (text, args) => beginText(core, text, args === undefined ? {} : { args }),
    textOnlyReads: (text, args) => textOnlyReads(core, text, args),
    callOnlyReads: (name) => callOnlyReads(core, name),
    describeText: (text, positions) => describeText(core, text, positions),
    executeStatement: (text, executeOptions) => executeText(core, text, executeOptions ?? {}),
    call: (name, args) => callByName(core, name, args),
    runTests: (file, testOptions) => runTests(core, file, testOptions?.filter),
    disassemble: (name, file) => disassembleNamed(core, name, file),
    catalogView: () => {
      core.catalog.poll();
      core.gobi.poll();
      return core.gobi.view(core.catalog.view());
    },
    requires: (need) => {
      core.begin();
      core.authority?.refresh();
      core.authority?.demandNeeds([need]);
    },
    requiresToLock: (name) => {
      core.begin();
      core.authority?.refresh();
      askToLock(core.authority, name);
    },
    sees: () => {
      core.begin();
      core.authority?.refresh();
      return seesOf(core.runtime.connection, core.authority);
    },
    followTemplate: (template) => followTemplate(core, template),
    database: options.database,
    seed: core.seed,
    connection: core.runtime.connection,
    deliverTriggers: () => {
      core.begin();
      return deliverNow(core);
    },
    serve: (serveOptions, work) => serve(core, serveOptions, work),
    setLimits: (limits) => core.setLimits(limits),
    cancel: () => void Atomics.store(core.cancelFlag, 0, 1),
    close: () => close(core),
  };
  const session: Session = withGetters(methods, getters);
  core.afterCommit = () => doAskedRuns(core, session);
  return session;
}

/** Acts as a user from now on. @throws Trap NoSuchObject; the session is closed then. */
function actAs(core: SessionCore, user: string): void {
  try {
    core.authority = sessionAuthority(core, principalOf(core.runtime.connection, user));
  } catch (error) {
    close(core);
    throw error;
  }
}

/** Runs that one statement's end may set off: a run that asks for itself must not keep its statement for ever. */
const ASKED_MAX = 100;

/** Does what RUN SCHEDULE asked for, once it is committed; runs that such a run asks for follow it. */
function doAskedRuns(core: SessionCore, session: Session): void {
  if (core.doingRuns || core.askedRuns.length === 0 || core.closed || core.runtime.connection.inTransaction) return;
  core.doingRuns = true;
  core.followUps += 1;
  try {
    const world = { ...sessionRuns(core), session };
    for (let count = 0; core.askedRuns.length > 0 && count < ASKED_MAX; count += 1)
      doAsked(world, core.askedRuns.splice(0, 1));
    if (core.askedRuns.length > 0)
      core.runtime.output.notice(
        `${core.askedRuns.splice(0).length} runs that runs have asked for wait for gobi run-scheduler.`,
      );
  } finally {
    core.doingRuns = false;
  }
}
