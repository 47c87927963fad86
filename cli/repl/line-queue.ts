// Lines on their way from the terminal to the session: one at a time, those typed or pasted meanwhile wait, and the end of the input waits for them.

/** What the queue does. */
export interface LineQueueActions {
  /** Hands a line to the session, which answers with `ready`. */
  run(line: string): void;
  /** The session waits for input. */
  prompt(): void;
  /** All is done: called once. */
  leave(): void;
}

/** Lines that wait for the session. */
export interface LineQueue {
  /** True while the session works on a line. */
  readonly busy: boolean;
  add(line: string): void;
  /** The session has done the line before; `left`: the user asked to leave in it. */
  ready(left: boolean): void;
  /** The input has ended. */
  end(): void;
  /** The session is asked for something else: what waits is forgotten. */
  interrupt(): void;
}

/** A queue of a session that is still starting. */
export function lineQueue(actions: LineQueueActions): LineQueue {
  let waiting: string[] = [];
  let busy = true;
  let ended = false;
  let left = false;
  const next = (): void => {
    const line = left ? undefined : waiting.shift();
    busy = line !== undefined;
    if (line !== undefined) return actions.run(line);
    return ended || left ? actions.leave() : actions.prompt();
  };
  return {
    get busy() {
      return busy;
    },
    add(line) {
      waiting.push(line);
      if (!busy) next();
    },
    ready(isLeft) {
      left ||= isLeft;
      next();
    },
    end() {
      if (ended) return;
      ended = true;
      if (!busy && !left) next();
    },
    interrupt() {
      waiting = [];
      busy = true;
    },
  };
}
