// What a request sends: its message with fields and arguments, made from texts, names and values of JavaScript.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { fromJs } from "../../base/library/js-values.ts";
import { idempotencyKeyFault } from "../idempotency-key.ts";
import type { Argument, MessageFields } from "../message-codec.ts";
import type { Parameters, RequestOptions } from "./types.ts";

/** Messages that run something. */
export type RunMessage = "EXECUTE_SQL" | "CALL_PROCEDURE" | "EXECUTE_PREPARED";

/** Fields of any of them. */
export type RunMessageFields = { [Name in RunMessage]: MessageFields<Name> }[RunMessage];

/** A request that is ready to be encoded, as often as it must be. */
export interface Request {
  readonly name: RunMessage;
  readonly fields: RunMessageFields;
  readonly args: readonly Argument[];
  readonly options: RequestOptions | undefined;
  /** Undefined: a call by name; see `textOf`. */
  readonly text: string | undefined;
}

type RunFields = Pick<
  MessageFields<"EXECUTE_SQL">,
  "deadline_ms" | "lane" | "rows_max" | "idempotency_key" | "window_bytes"
>;

const NO_ARGUMENTS: readonly Argument[] = [];
const NO_FIELDS: RunFields = {};
/** Names of positional arguments, so that they are not made for every request. */
const POSITIONS: readonly string[] = Array.from({ length: 32 }, (_, index) => `$${index + 1}`);

/** @throws GrizzlyError `InvalidCast` for a value that has no counterpart. */
function argumentsOf(params: Parameters | undefined): readonly Argument[] {
  if (params === undefined) return NO_ARGUMENTS;
  if (isList(params))
    return params.map((value, index) => ({ name: POSITIONS[index] ?? `$${index + 1}`, value: fromJs(value) }));
  return Object.entries(params).map(([name, value]) => ({ name: `$${name}`, value: fromJs(value) }));
}

function isList(params: Parameters): params is readonly unknown[] {
  return Array.isArray(params);
}

function runFields(options: RequestOptions | undefined): RunFields {
  if (options === undefined) return NO_FIELDS;
  return {
    deadline_ms: countOf("deadlineMs", options.deadlineMs),
    lane: options.lane,
    rows_max: countOf("rowsMax", options.rowsMax),
    idempotency_key: keyOf(options.idempotencyKey),
  };
}

/** Parts of one count as a whole. */
function countOf(name: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isFinite(value) || value < 0)
    throw new GrizzlyError("WrongArguments", `${name} must be a number from 0, not ${value}.`);
  return Math.ceil(value);
}

function keyOf(key: string | undefined): string | undefined {
  const fault = key === undefined ? undefined : idempotencyKeyFault("idempotencyKey", key);
  if (fault !== undefined) throw new GrizzlyError("WrongArguments", fault);
  return key;
}

/** A text with its parameters. @throws GrizzlyError `InvalidCast`, `WrongArguments`. */
export function textRequest(text: string, params?: Parameters, options?: RequestOptions): Request {
  return { name: "EXECUTE_SQL", fields: { text, ...runFields(options) }, args: argumentsOf(params), options, text };
}

/** A call by name. @throws GrizzlyError `InvalidCast`, `WrongArguments`. */
export function callRequest(name: string, params?: Parameters, options?: RequestOptions): Request {
  const fields = options === undefined ? { name } : { name, ...runFields(options) };
  return { name: "CALL_PROCEDURE", fields, args: argumentsOf(params), options, text: undefined };
}

/** A text that PREPARE takes, to ask whether a request only reads. */
export function textOf({ text, fields, args }: Request): string {
  if (text !== undefined) return text;
  // By name: each parameter is bound to a variable of its own name.
  const written = args.map((argument) =>
    /^\$\d+$/u.test(argument.name) ? "?" : `${argument.name.slice(1)}: :${argument.name.slice(1)}`,
  );
  return `CALL ${"name" in fields ? fields.name : ""}(${written.join(", ")})`;
}

/** What PREPARE kept. @throws GrizzlyError `InvalidCast`. */
export function preparedRequest(
  statementId: number,
  text: string,
  params?: Parameters,
  options?: RequestOptions,
): Request {
  const fields = { statement_id: statementId, ...runFields(options) };
  return { name: "EXECUTE_PREPARED", fields, args: argumentsOf(params), options, text };
}
