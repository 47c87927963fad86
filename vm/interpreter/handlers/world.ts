// The world through the host: output, clock, random, jobs, management.
import { printValue } from "../../../base/value/print.ts";
import { type HandleValue, type TableValue, Timestamp } from "../../../base/value/value.ts";
import type { ConstantOf } from "../../../bytecode/program.ts";
import type { LoadedRoutine } from "../../load.ts";
import { LINKS } from "../links.ts";
import { deliver, instructionOf, read, readAll } from "../registers.ts";
import { beforeWrite } from "../scopes.ts";
import type { MachineState } from "../state.ts";
import type { HandlerTable } from "./handler.ts";

type Names =
  | "Print"
  | "Log"
  | "Emit"
  | "Now"
  | "Random"
  | "StartAsync"
  | "Await"
  | "Manage"
  | "LoadGlobal"
  | "StoreGlobal"
  | "Cover";

const LEVELS = ["debug", "info", "warn", "error"] as const;

export const WORLD_HANDLERS: HandlerTable<Names> = {
  Print: (m, a) => m.host.print(printValue(read(m, a), m.work)),
  Log: (m, a, level) => m.host.log(LEVELS[level] ?? "info", printValue(read(m, a), m.work)),
  Emit: (m, a) => m.host.emit(m.values[m.base + a] as TableValue),
  Now: (m, a) => {
    m.values[m.base + a] = new Timestamp(m.host.nowMicros());
  },
  Random: (m, a) => {
    m.numbers[m.base + a] = m.host.random();
  },
  StartAsync: (m, a, b, c) => {
    beforeWrite(m);
    const { job } = m.routine.owner.program.constants[b] as ConstantOf<"job">;
    const args = readAll(m, c, job.argumentCount);
    deliver(m, a, m.host.startAsync(jobRoutine(m, job), args, { detached: job.detached }));
  },
  Await: (m, a, b) => {
    // The job may run in place and write.
    beforeWrite(m);
    const result = m.host.await(m.values[m.base + b] as HandleValue);
    LINKS.visit(m.host);
    deliver(m, a, result);
  },
  Manage: (m, a, b, c) => {
    beforeWrite(m);
    const { form, argumentCount } = (m.routine.owner.program.constants[b] as ConstantOf<"management">).management;
    const result = m.host.manage(form, readAll(m, c, argumentCount));
    LINKS.visit(m.host);
    deliver(m, a, result);
  },
  LoadGlobal: (m, a, b) => deliver(m, a, m.routine.owner.globals[b] ?? null),
  StoreGlobal: (m, a, b) => {
    m.routine.owner.globals[a] = read(m, b);
  },
  Cover: (m, a) => {
    const { coverage, probe } = m.routine.owner;
    coverage[a] = (coverage[a] ?? 0) + 1;
    if (probe !== undefined) probe(m.routine, instructionOf(m.routine, m.pc), m.depth);
  },
};

function jobRoutine(m: MachineState, job: ConstantOf<"job">["job"]): LoadedRoutine {
  const { callee } = job;
  if (callee.kind === "routine") return m.routine.owner.routines[callee.routine] as LoadedRoutine;
  const { name, receiver, version } = callee.reference;
  return m.host.resolve({ name, receiver, version });
}
