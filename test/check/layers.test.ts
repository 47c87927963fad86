// Immutable maps in layers do what maps do, through many versions, and versions stay as they were.
import fc from "fast-check";
import { expect, it } from "vitest";
import { held, joinLayers, type Layers, noLayers, withHeld } from "../../compiler/check/layers.ts";

/** More than what lies over one base. */
const KEYS = 400;
const change = fc.tuple(fc.nat(KEYS), fc.option(fc.nat(3), { nil: undefined }));
const changes = fc.array(change, { maxLength: 900, size: "max" });

interface Both {
  readonly layers: Layers<number, number>;
  readonly model: ReadonlyMap<number, number>;
}

function changed(both: Both, list: readonly (readonly [number, number | undefined])[]): Both {
  const model = new Map(both.model);
  let { layers } = both;
  for (const [key, value] of list) {
    layers = withHeld(layers, key, value);
    if (value === undefined) model.delete(key);
    else model.set(key, value);
  }
  return { layers, model };
}

function expectAlike({ layers, model }: Both): void {
  for (let key = 0; key <= KEYS; key += 1) expect(held(layers, key)).toBe(model.get(key));
}

it("versions hold what was put into them, and joins what the join gives for each key", () => {
  fc.assert(
    fc.property(changes, changes, changes, (before, left, right) => {
      const start = changed({ layers: noLayers(), model: new Map() }, before);
      const one = changed(start, left);
      const other = changed(start, right);
      for (const both of [start, one, other]) expectAlike(both);
      const layers = joinLayers(one.layers, [other.layers], (key) =>
        held(one.layers, key) === held(other.layers, key) ? held(one.layers, key) : undefined,
      );
      const model = new Map([...one.model].filter(([key, value]) => other.model.get(key) === value));
      expectAlike({ layers, model });
    }),
    { numRuns: 30 },
  );
});
