// Functions that are no plain intrinsics, because lowering gives them a form of their own: row counts, the log, expectations and the clock of tests.
// Their signatures are written like those of intrinsics.
import { parseSignature, type Signature } from "../../bytecode/intrinsics/signature.ts";
import type { Effects } from "../effects/effects.ts";

interface WorldFunctionRow {
  readonly signature: string;
  /** `log.info`: how programs write it, when that is not the name itself. */
  readonly path?: string;
  readonly effects: Partial<Effects>;
  readonly raises?: readonly string[];
  /** Only inside `test`. */
  readonly tests?: true;
}

/** Every such function by the key that calls are recorded with. */
export const WORLD_FUNCTIONS = {
  row_count: { signature: "fn row_count() -> int", effects: {} },
  log_debug: { signature: "fn log_debug(value: any) -> void", path: "log.debug", effects: { output: true } },
  log_info: { signature: "fn log_info(value: any) -> void", path: "log.info", effects: { output: true } },
  log_warn: { signature: "fn log_warn(value: any) -> void", path: "log.warn", effects: { output: true } },
  log_error: { signature: "fn log_error(value: any) -> void", path: "log.error", effects: { output: true } },
  expect: {
    signature: "fn expect(condition: bool?, message: string? = null) -> void",
    effects: {},
    raises: ["AssertionFailed"],
  },
  clock_set: {
    signature: "fn clock_set(time: timestamp) -> void",
    path: "clock.set",
    effects: { clock: true },
    tests: true,
  },
} as const satisfies Record<string, WorldFunctionRow>;

/** One of them, ready for a call. */
export interface WorldFunction {
  readonly key: string;
  readonly parsed: Signature;
  readonly effects: Partial<Effects>;
  readonly raises: readonly string[];
}

/** The function that `name` or `object.name` means, or undefined. */
export function worldFunction(name: string, object: string | undefined): WorldFunction | undefined {
  const wanted = (object === undefined ? name : `${object}.${name}`).toLowerCase();
  for (const [key, row] of Object.entries<WorldFunctionRow>(WORLD_FUNCTIONS)) {
    if ((row.path ?? key) === wanted)
      return { key, parsed: parseSignature(row.signature), effects: row.effects, raises: row.raises ?? [] };
  }
  return undefined;
}
