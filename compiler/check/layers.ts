// Immutable maps that are cheap to change: few changes lie over a base which versions share. What the checker knows changes at nearly every statement of a script,
// which may have 100,000 of them; a copy of all at each would take time that grows with their square.

/** A version of a map. Undefined in `top`: not there, whatever the base says. */
export interface Layers<K, V> {
  readonly base: ReadonlyMap<K, V>;
  readonly top: ReadonlyMap<K, V | undefined>;
}

/** Changes that lie over a base; with more of them a new base is made. */
const TOP_MAX = 256;

/** A map with nothing in it. */
export function noLayers<K, V>(): Layers<K, V> {
  return { base: new Map(), top: new Map() };
}

/** False only when nothing was ever put in. */
export function mayHold<K>(layers: Layers<K, unknown>): boolean {
  return layers.base.size > 0 || layers.top.size > 0;
}

/** What is there under a key. */
export function held<K, V>({ base, top }: Layers<K, V>, key: K): V | undefined {
  return top.has(key) ? top.get(key) : base.get(key);
}

/** The map with a value under a key; undefined takes it away. */
export function withHeld<K, V>({ base, top }: Layers<K, V>, key: K, value: V | undefined): Layers<K, V> {
  return settled(base, new Map(top).set(key, value));
}

/** The map that has under each key of any of the maps what `join` gives for it, and nothing where that is undefined. `join` gives what all have where they have the same. */
export function joinLayers<K, V>(
  first: Layers<K, V>,
  others: readonly Layers<K, V>[],
  join: (key: K) => V | undefined,
): Layers<K, V> {
  const all = [first, ...others];
  // Versions with one base differ only in what lies over it.
  const isOne = others.every(({ base }) => base === first.base);
  const base = isOne ? first.base : new Map<K, V>();
  const top = new Map<K, V | undefined>();
  for (const layers of all) {
    for (const key of layers.top.keys()) top.set(key, undefined);
    if (!isOne) for (const key of layers.base.keys()) top.set(key, undefined);
  }
  for (const key of top.keys()) top.set(key, join(key));
  return settled(base, top);
}

function settled<K, V>(base: ReadonlyMap<K, V>, top: ReadonlyMap<K, V | undefined>): Layers<K, V> {
  if (top.size <= TOP_MAX) return { base, top };
  const made = new Map(base);
  for (const [key, value] of top)
    if (value === undefined) made.delete(key);
    else made.set(key, value);
  return { base: made, top: new Map() };
}
