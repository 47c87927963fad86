// Asynchronous triggers in a session: what its statements put into the outbox is delivered in place once they are committed.
// What is left (a process that ended in between, a try that waits) is delivered by the next session that looks, or by the scheduler.
import { EngineError } from "../../storage/engine.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { OutputSink } from "../session-types.ts";
import type { Delivered, FiringLine } from "../triggers/deliver.ts";
import type { SessionCore } from "./core.ts";

/** Firings that one statement's end delivers: a trigger that keeps firing itself must not keep its statement for ever. */
const FIRINGS_MAX = 1000;

/** Delivers what is due, unless a transaction is open. Trouble of the database leaves it for later; the statement has succeeded. */
export function deliverTriggers(core: SessionCore): void {
  const { runtime, triggers, options } = core;
  const keepsOff = options.readOnly === true || options.beforeWriting !== undefined;
  if (core.closed || core.delivering || core.testing || keepsOff || runtime.connection.inTransaction) return;
  if (!core.catalog.hasCatalog() || !triggers.outboxDue()) return;
  core.followUps += 1;
  try {
    const { more } = deliverNow(core);
    if (more)
      runtime.output.log(
        "warn",
        `More than ${FIRINGS_MAX} firings of asynchronous triggers wait; the rest follows with the next statement.`,
      );
  } catch (error) {
    if (!(error instanceof Trap) && !(error instanceof EngineError)) throw error;
    runtime.output.log(
      "warn",
      `Asynchronous triggers wait: ${error instanceof Trap ? error.value.message : error.message}`,
    );
  }
}

/** Delivers what is due, at most FIRINGS_MAX firings. @throws Trap, EngineError: trouble of the database; what was not delivered stays. */
export function deliverNow(core: SessionCore): Delivered {
  const { runtime, triggers } = core;
  if (!core.catalog.hasCatalog()) return { delivered: 0, failed: 0, more: false, nextDueMicros: undefined };
  core.delivering = true;
  const before = core.serving;
  const lines: FiringLine[] = [];
  core.serving = {
    limits: before?.limits ?? core.limits,
    beforeCommit: (connection) => before?.beforeCommit(connection),
    output: keeping(lines, before?.output ?? core.options.output),
  };
  try {
    return triggers.deliver({
      most: FIRINGS_MAX,
      takeLines: () => lines.splice(0),
      call: (routine, args) => runtime.machine.call(routine, args),
      transaction: (work) => runtime.outermost({ access: "write", keepJobs: false }, work),
      log: (level, text) => runtime.output.log(level, text),
    });
  } finally {
    core.delivering = false;
    core.serving = before;
  }
}

/** Lines of one firing's log. */
const LINES_MAX = 1000;

/** An output that goes where the session's goes, and is kept. */
function keeping(lines: FiringLine[], to: OutputSink): OutputSink {
  const keep = (line: FiringLine): void => {
    if (lines.length < LINES_MAX) lines.push(line);
  };
  return {
    print: (text) => {
      keep({ level: "info", message: text });
      to.print(text);
    },
    log: (level, text) => {
      keep({ level, message: text });
      to.log(level, text);
    },
    notice: (text) => to.notice(text),
  };
}

/** Writes what triggers counted since the last commit, when a session ends. @throws Trap, EngineError. */
export function keepCounts(core: SessionCore): void {
  if (core.triggers.pending && core.options.readOnly !== true)
    core.runtime.outermost({ access: "write", keepJobs: false }, () => undefined);
}
