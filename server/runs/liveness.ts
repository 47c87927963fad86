// Whether a process of this machine lives.
import { hostname } from "node:os";
import type { Liveness } from "./lease.ts";

/** Asks the operating system. A process of another machine is unknown; one that belongs to somebody else lives. */
export const machineLiveness: Liveness = (host, pid) => {
  if (host !== hostname()) return "unknown";
  try {
    process.kill(pid, 0);
    return "alive";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "dead" : "alive";
  }
};
