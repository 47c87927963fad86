// The intrinsic table: every row is well formed, has an implementation, and its example gives what it says.
import { describe, expect, it } from "vitest";
import { printValue } from "../../base/value/print.ts";
import { kindOf } from "../../base/value/kind.ts";
import { baseOf } from "../../bytecode/register-type.ts";
import {
  INTRINSIC_ROWS,
  intrinsicById,
  intrinsicNames,
  intrinsicsNamed,
} from "../../bytecode/intrinsics/intrinsics.ts";
import { Trap } from "../../bytecode/trap.ts";
import { intrinsicFunction } from "../../vm/intrinsics/functions.ts";
import { evaluate } from "./intrinsic-harness.ts";

function split(example: string): readonly [string, string] {
  const at = example.lastIndexOf("  -- ");
  return [example.slice(0, at), example.slice(at + 5)];
}

function outcome(expression: string): string {
  try {
    return printValue(evaluate(expression));
  } catch (error) {
    if (error instanceof Trap) return `raises ${error.value.code}`;
    throw error;
  }
}

describe("the intrinsic table", () => {
  it("has unique numbers and an implementation for each row", () => {
    expect(new Set(INTRINSIC_ROWS.map((row) => row.id)).size).toBe(INTRINSIC_ROWS.length);
    expect(INTRINSIC_ROWS.filter((row) => intrinsicFunction(row.id) === undefined)).toEqual([]);
    expect(INTRINSIC_ROWS.every((row) => intrinsicById(row.id) === row)).toBe(true);
  });

  it("tries rows for any value last", () => {
    for (const name of intrinsicNames()) {
      const general = intrinsicsNamed(name).map((row) => row.parsed.parameters[0]?.type.kind === "any");
      expect(general.indexOf(true) === -1 || general.slice(general.indexOf(true)).every(Boolean), name).toBe(true);
    }
  });

  it("documents each row in whole sentences", () => {
    const wrong = INTRINSIC_ROWS.filter((row) => !/^(?:[A-Z0-9-]|[a-z_]+ (?:with|to)).*\.$/su.test(row.doc));
    expect(wrong.map((row) => row.key)).toEqual([]);
  });

  it.each(INTRINSIC_ROWS.filter((row) => split(row.example)[1] !== "...").map((row) => [row.key, row] as const))(
    "%s: its example holds",
    (_key, row) => {
      const [expression, expected] = split(row.example);
      expect(outcome(expression)).toBe(expected);
    },
  );

  it.each(INTRINSIC_ROWS.map((row) => [row.key, row] as const))(
    "%s: its example delivers the promised kind",
    (_key, row) => {
      const value = evaluate(split(row.example)[0]);
      const promised = row.result === "void" ? "null" : baseOf(row.result);
      if (split(row.example)[0].startsWith(`${row.name}(`) && promised !== "any" && value !== null)
        expect(kindOf(value)).toBe(promised === "closure" ? "function" : promised);
    },
  );
});
