// Templates of messages with values of the user's types: a few shapes come again and again, so the latest are kept and looked for by comparing.
import type { Value } from "../base/value/value.ts";
import { makeTemplate, type Template } from "./body-writer.ts";
import { fieldForValue } from "./value-fields.ts";
import type { WireField } from "./wire-type.ts";

/** A value with a name: a column of its own. */
export interface NamedValue {
  /** `$1`, `$2`, … by position, `$name` by name; an out parameter's bare name. */
  readonly name: string;
  readonly value: Value;
  /** The type that the program gives it, as it is printed. Left out: the value's own. */
  readonly type?: string | undefined;
}

interface Shaped {
  /** Which fields stand before the arguments: a bit each. */
  readonly mask: number;
  readonly args: readonly { readonly name: string; readonly type: string | undefined; readonly kind: Kind }[];
  readonly template: Template;
}

const SHAPES_MAX = 32;

/** What of a value decides about its column; OTHER: more than this. */
type Kind = 0 | 1 | 2 | 3 | 4 | 5;
const OTHER = 0;
const NULL = 1;
const INT = 2;
const FLOAT = 3;
const STRING = 4;
const BOOL = 5;

function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? INT : FLOAT;
    case "bigint":
      return INT;
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    default:
      return value === null ? NULL : OTHER;
  }
}

/** The templates of one message, the latest first. */
export class ShapedTemplates {
  readonly #kept: Shaped[] = [];

  /**
   * The template of the fields that `mask` stands for, followed by the arguments.
   * @throws WireFault `value` for a value that cannot travel.
   */
  find(mask: number, args: readonly NamedValue[], fieldsOf: (mask: number) => readonly WireField[]): Template {
    for (let index = 0; index < this.#kept.length; index += 1) {
      const kept = this.#kept[index];
      if (kept === undefined || kept.mask !== mask || !areLike(kept.args, args)) continue;
      if (index > 0) {
        this.#kept.splice(index, 1);
        this.#kept.unshift(kept);
      }
      return kept.template;
    }
    const columns = args.map((arg) => fieldForValue(arg.name, arg.value, arg.type));
    const template = makeTemplate([...fieldsOf(mask), ...columns], true);
    const shape = args.map(({ name, type, value }) => ({ name, type, kind: kindOf(value) }));
    if (shape.every(({ kind }) => kind !== OTHER)) {
      this.#kept.unshift({ mask, args: shape, template });
      if (this.#kept.length > SHAPES_MAX) this.#kept.pop();
    }
    return template;
  }
}

function areLike(kept: Shaped["args"], args: readonly NamedValue[]): boolean {
  if (kept.length !== args.length) return false;
  for (let index = 0; index < args.length; index += 1) {
    const shape = kept[index];
    const arg = args[index];
    if (shape === undefined || arg === undefined) return false;
    if (shape.name !== arg.name || shape.type !== arg.type || shape.kind !== kindOf(arg.value)) return false;
  }
  return true;
}
