// Groups of routines that call each other, callees before callers: the order in which effects are added up and types are generalised.
// Tarjan's algorithm with a stack of its own, so that a long chain of calls does not overflow ours.

interface Visit {
  readonly key: string;
  readonly callees: readonly string[];
  next: number;
}

/** Components in an order in which callees come before their callers. */
export function stronglyConnected(
  nodes: ReadonlyMap<string, { readonly callees: readonly string[] }>,
): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const components: string[][] = [];
  for (const start of nodes.keys()) {
    if (index.has(start)) continue;
    const visits: Visit[] = [enter(start)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const callee = visit.callees[visit.next];
      if (callee !== undefined) {
        visit.next += 1;
        if (!nodes.has(callee)) continue;
        if (!index.has(callee)) visits.push(enter(callee));
        else if (onStack.has(callee)) low.set(visit.key, Math.min(low.get(visit.key) ?? 0, index.get(callee) ?? 0));
        continue;
      }
      visits.pop();
      const caller = visits.at(-1);
      if (caller !== undefined) low.set(caller.key, Math.min(low.get(caller.key) ?? 0, low.get(visit.key) ?? 0));
      if (low.get(visit.key) === index.get(visit.key)) components.push(popComponent(visit.key));
    }
  }
  return components;

  function enter(key: string): Visit {
    index.set(key, index.size);
    low.set(key, index.size - 1);
    stack.push(key);
    onStack.add(key);
    return { key, callees: nodes.get(key)?.callees ?? [], next: 0 };
  }
  function popComponent(root: string): string[] {
    const component: string[] = [];
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      onStack.delete(key);
      component.push(key);
      if (key === root) break;
    }
    return component;
  }
}
