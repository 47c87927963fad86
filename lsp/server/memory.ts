// Keeps the process small in large workspaces. V8 lets garbage lie until the heap has grown by a multiple; while much is in use it is told to collect sooner,
// which costs a little time. In small workspaces nothing changes.
import { setFlagsFromString } from "node:v8";

/** From here on memory is more important than time, in bytes. */
const MUCH_BYTES = 160 * 1024 * 1024;
/** Below this, time is again. */
const LITTLE_BYTES = 140 * 1024 * 1024;
/** How often is looked. */
const LOOK_MS = 250;

/** Looks at the memory in use now and then, until what it returns is called. Does not keep the process alive. */
export function watchMemory(): () => void {
  let isSparing = false;
  const look = (): void => {
    const inUse = process.memoryUsage.rss();
    const wants = inUse > MUCH_BYTES || (isSparing && inUse > LITTLE_BYTES);
    if (wants === isSparing) return;
    isSparing = wants;
    setFlagsFromString(wants ? "--optimize-for-size" : "--no-optimize-for-size");
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
