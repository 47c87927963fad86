// Traces name routines. What runs inside of another's definer or trigger is that owner's affair: who called from outside is told the trace from there outwards.
import type { LoadedRoutine } from "../../vm/load.ts";
import { EngineError } from "../../storage/engine.ts";
import type { ActingFor } from "./authorize.ts";

/**
 * How many of the innermost routines are not told.
 * @param callers The routines that run, innermost first.
 * @param actingIn Whose rights count in a routine, when that is not its caller's.
 * @param isOwn Whether that is the session's user himself.
 */
export function hiddenFrames(
  callers: Iterable<LoadedRoutine>,
  actingIn: (routine: LoadedRoutine) => ActingFor | undefined,
  isOwn: (acting: ActingFor) => boolean,
): number {
  const outermost = [...callers].findLastIndex((routine) => {
    const acting = actingIn(routine);
    return acting !== undefined && !known(isOwn, acting);
  });
  return Math.max(0, outermost);
}

/** The database may be what has failed: then nobody's code is taken for the user's own. */
function known(isOwn: (acting: ActingFor) => boolean, acting: ActingFor): boolean {
  try {
    return isOwn(acting);
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}
