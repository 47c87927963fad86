// Finds sessions that wait for each other in a circle, and says who should give up: the one that began to wait last.
// Pure: the lock manager gives the edges.

/** One session waits for something that another one has, or wants before it. */
export interface WaitEdge {
  readonly waiter: bigint;
  readonly holder: bigint;
  /** The lock's name, for the message. */
  readonly object: string;
  readonly sinceMs: number;
  /** Grows with each wait. */
  readonly order: number;
}

/** A circle of waiting sessions. */
export interface Circle {
  readonly victim: bigint;
  /** One sentence that names every session of the circle and what it waits for. */
  readonly message: string;
}

/** One circle of the edges, when there is any. */
export function findCircle(edges: readonly WaitEdge[]): Circle | undefined {
  const from = new Map<bigint, WaitEdge[]>();
  for (const edge of edges) {
    const known = from.get(edge.waiter);
    if (known === undefined) from.set(edge.waiter, [edge]);
    else known.push(edge);
  }
  const done = new Set<bigint>();
  for (const start of from.keys()) {
    const circle = circleFrom(start, from, done);
    if (circle !== undefined) return told(circle);
  }
  return undefined;
}

/** Walks from one session along what it waits for, without recursion: as many sessions may wait in a row as there are. */
function circleFrom(
  start: bigint,
  from: ReadonlyMap<bigint, readonly WaitEdge[]>,
  done: Set<bigint>,
): readonly WaitEdge[] | undefined {
  const path: { readonly session: bigint; next: number }[] = [{ session: start, next: 0 }];
  const taken: WaitEdge[] = [];
  const onPath = new Set<bigint>([start]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const edge = done.has(top.session) ? undefined : from.get(top.session)?.[top.next];
    top.next += 1;
    if (edge === undefined) {
      done.add(top.session);
      onPath.delete(top.session);
      path.pop();
      taken.pop();
    } else if (onPath.has(edge.holder)) {
      taken.push(edge);
      return taken.slice(taken.findIndex((each) => each.waiter === edge.holder));
    } else if (!done.has(edge.holder)) {
      taken.push(edge);
      onPath.add(edge.holder);
      path.push({ session: edge.holder, next: 0 });
    }
  }
  return undefined;
}

function told(circle: readonly WaitEdge[]): Circle | undefined {
  const [first, ...others] = circle;
  if (first === undefined) return undefined;
  const last = others.reduce((latest, edge) => (edge.order > latest.order ? edge : latest), first);
  const place = circle.indexOf(last);
  const ordered = [...circle.slice(place), ...circle.slice(0, place)];
  const steps = ordered.map(
    (edge) => `session ${String(edge.waiter)} waits for ${edge.object} of session ${String(edge.holder)}`,
  );
  return { victim: last.waiter, message: `Sessions wait for each other: ${steps.join(", ")}.` };
}
