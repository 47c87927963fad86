// Intrinsics on maps. Keys are strings in insertion order; maps are values, so functions that change one give a new one.
// Higher-order functions on maps are in stdlib/map.grz.
import type { IntrinsicDefinition } from "../intrinsic-row.ts";

/** Ids 400 to 449. */
export const MAP_INTRINSICS = {
  len_map: {
    id: 400,
    signature: "fn len(entries: map<string, T>) -> int",
    aliases: ["length"],
    doc: "Number of entries of a map.",
    example: "len({a: 1} as map<string, int>)  -- 1",
  },
  keys: {
    id: 401,
    signature: "fn keys(entries: map<string, T>) -> list<string>",
    doc: "The keys of a map in the order of insertion.",
    example: 'keys({b: 1, a: 2} as map<string, int>)  -- ["b", "a"]',
  },
  map_values: {
    id: 402,
    signature: "fn map_values(entries: map<string, T>) -> list<T>",
    doc: "The values of a map in the order of its keys.",
    example: "map_values({b: 1, a: 2} as map<string, int>)  -- [1, 2]",
  },
  values: {
    id: 403,
    signature: "fn values(entries: map<string, T>) -> list<T>",
    method: true,
    doc: "The method form of map_values.",
    example: "({b: 1} as map<string, int>).values()  -- [1]",
  },
  has: {
    id: 404,
    signature: "fn has(entries: map<string, T>, key: string) -> bool",
    aliases: ["has_key"],
    doc: "True when the map has an entry of that key, even a null one.",
    example: "has({a: 1} as map<string, int>, 'b')  -- false",
  },
  get: {
    id: 405,
    signature: "fn get(entries: map<string, T>, key: string, otherwise: T) -> T",
    doc: "The value of a key, or another value when there is no such entry.",
    example: "get({a: 1} as map<string, int>, 'b', 0)  -- 0",
  },
  put: {
    id: 406,
    signature: "fn put(entries: map<string, T>, key: string, value: T) -> map<string, T>",
    updates: true,
    doc: "The map with an entry added or replaced.",
    example: "put({a: 1} as map<string, int>, 'b', 2)  -- {a: 1, b: 2}",
  },
  remove_map: {
    id: 407,
    signature: "fn remove(entries: map<string, T>, key: string) -> map<string, T>",
    aliases: ["remove_key"],
    updates: true,
    doc: "The map without the entry of a key, if it has it.",
    example: "remove({a: 1, b: 2} as map<string, int>, 'a')  -- {b: 2}",
  },
  merge: {
    id: 408,
    signature: "fn merge(left: map<string, T>, right: map<string, T>) -> map<string, T>",
    doc: "The entries of both maps; where both have a key, the right one's value.",
    example: "merge({a: 1} as map<string, int>, {a: 2, b: 3} as map<string, int>)  -- {a: 2, b: 3}",
  },
  entries: {
    id: 409,
    signature: "fn entries(entries: map<string, T>) -> list<{key: string, value: T}>",
    doc: "The entries of a map as a list of structs.",
    example: 'entries({a: 1} as map<string, int>)  -- [{key: "a", value: 1}]',
  },
  from_entries: {
    id: 410,
    signature: "fn from_entries(entries: list<{key: string, value: T}>) -> map<string, T>",
    doc: "A map of entries; the last of equal keys wins.",
    example: "from_entries([{key: 'a', value: 1}])  -- {a: 1}",
  },
  map_of: {
    id: 411,
    signature: "fn map_of(keys: list<string>, values: list<T>) -> map<string, T>",
    raises: ["OutOfRange"],
    doc: "A map of keys and the values at the same places.",
    example: "map_of(['a', 'b'], [1, 2])  -- {a: 1, b: 2}",
  },
} as const satisfies Record<string, IntrinsicDefinition>;
