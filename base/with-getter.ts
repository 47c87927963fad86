// Objects with a computed property on hot paths. V8 keeps an object whose literal has a getter as a dictionary: each read of any of its properties
// costs optimised code a call, 50 ns. An object that gets the getter afterwards stays an ordinary one.

/** Adds a property that is computed at each read, and gives the object back. */
export function withGetter<T extends object, Key extends string, V>(
  object: T,
  key: Key,
  get: () => V,
): T & { readonly [K in Key]: V } {
  return Object.defineProperty(object, key, { get, enumerable: true }) as T & { readonly [K in Key]: V };
}

/** Adds several. */
export function withGetters<T extends object, G extends Readonly<Record<string, () => unknown>>>(
  object: T,
  getters: G,
): T & { readonly [K in keyof G]: ReturnType<G[K]> } {
  for (const [key, get] of Object.entries(getters)) withGetter(object, key, get);
  return object as T & { readonly [K in keyof G]: ReturnType<G[K]> };
}
