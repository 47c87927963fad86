// What a request that runs something carries besides its text: limits, deadline, window; and the arguments as the session takes them.
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { numberParameters } from "../library/parameters.ts";
import { unusedArgument } from "../sql/given-arguments.ts";

/** Fields that requests which run something share. */
export interface RunFields {
  readonly deadline_ms?: number | bigint | undefined;
  readonly lane?: string | undefined;
  readonly rows_max?: number | bigint | undefined;
  readonly idempotency_key?: string | undefined;
  readonly window_bytes?: number | bigint | undefined;
}

/** What a request asks for that runs something, or an action of the lane. */
export interface AskedWork {
  readonly kind: "text" | "call" | "action";
  /** The text, or the name of the routine or action. */
  readonly text: string;
  readonly args: readonly Argument[];
  readonly fields: RunFields;
}

const POSITION = /^\$[0-9]+$/u;

/** Bytes stand in the buffer that the next request is read into. */
function own(value: Value): Value {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}

/** Arguments of a call: by position, or by name. @throws Trap WrongArguments when both are mixed. */
export function callArguments(args: readonly Argument[]): readonly Value[] | Readonly<Record<string, Value>> {
  const positions = args.filter((argument) => POSITION.test(argument.name)).length;
  if (positions === args.length) return args.map(({ value }) => own(value));
  if (positions > 0) throw trap("WrongArguments", "Arguments are given by position or by name, not both.");
  return Object.fromEntries(args.map((argument) => [argument.name.replace(/^\$/u, ""), own(argument.value)]));
}

/** A text whose parameters have names, and the values by these names. @throws Trap WrongArguments. */
export function textArguments(
  text: string,
  args: readonly Argument[],
): { readonly text: string; readonly args: Readonly<Record<string, Value>> | undefined } {
  // Without values the check of the text says what has none.
  if (args.length === 0) return { text, args: undefined };
  const given = callArguments(args);
  if (!Array.isArray(given)) {
    const named = given as Readonly<Record<string, Value>>;
    const unused = unusedArgument(text, named);
    if (unused !== undefined) throw trap("WrongArguments", unused);
    return { text, args: named };
  }
  const values = given as readonly Value[];
  const { source, names } = numberParameters(text);
  if (names.length !== values.length)
    throw trap("WrongArguments", `The text has ${names.length} parameters, and ${values.length} values are given.`);
  return { text: source, args: Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])) };
}

/** A count that a client gave. @throws Trap WrongArguments when it is below zero. */
export function count(value: number | bigint | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (number < 0) throw trap("WrongArguments", `${name} must not be negative.`);
  return number;
}
