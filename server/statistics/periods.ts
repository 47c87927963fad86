// Numbers per period of 30 seconds: sums, gauges, and samples with least, most and mean. Kept in memory for the running period and handed over as absolute values,
// so that several hand-overs of one period give one row with the right totals.
import { SYSTEM_TABLES } from "../../base/system-tables.ts";

/** Tables that have one row per period. */
export type PeriodTable = "scheduler_stats" | "syncer_stats" | "stats_collector_stats" | "webhook_handler_stats";

/** Columns of a period table. */
export type PeriodColumn<T extends PeriodTable> = Extract<keyof (typeof SYSTEM_TABLES)[T]["columns"], string>;

/** Length of a period. */
export const PERIOD_MS = 30_000;

/** The period of a moment. The id grows with time and is the same in every process. */
export function periodOf(atMs: number): { readonly id: string; readonly startMs: number; readonly endMs: number } {
  const number = Math.floor(atMs / PERIOD_MS);
  return { id: String(number), startMs: number * PERIOD_MS, endMs: (number + 1) * PERIOD_MS };
}

/** What columns of samples are called: `avg_inbox_length`, `max_inbox_length`, `min_inbox_length`. */
const SAMPLE_COLUMNS = ["avg", "max", "min"] as const;

interface Sample {
  sum: number;
  count: number;
  min: number;
  max: number;
}

/** The numbers of one table in one period. */
export class PeriodNumbers {
  readonly #sums = new Map<string, number>();
  readonly #gauges = new Map<string, number>();
  readonly #samples = new Map<string, Sample>();

  /** Adds to a sum. */
  add(column: string, amount: number): void {
    this.#sums.set(column, (this.#sums.get(column) ?? 0) + amount);
  }

  /** Sets a number that is what it was last. */
  set(column: string, value: number): void {
    this.#gauges.set(column, value);
  }

  /** Takes a measurement of which least, most and mean are kept; `name` is what follows `avg_`. */
  sample(name: string, value: number): void {
    const sample = this.#samples.get(name);
    if (sample === undefined) this.#samples.set(name, { sum: value, count: 1, min: value, max: value });
    else {
      sample.sum += value;
      sample.count += 1;
      sample.min = Math.min(sample.min, value);
      sample.max = Math.max(sample.max, value);
    }
  }

  /** All columns with their values; sums that nobody added to are 0. */
  columns(table: PeriodTable): Readonly<Record<string, number>> {
    const zeros = Object.entries(SYSTEM_TABLES[table].columns).flatMap(([column, type]) =>
      type === "int" ? [[column, 0] as const] : [],
    );
    const values: Record<string, number> = Object.fromEntries([...zeros, ...this.#sums, ...this.#gauges]);
    for (const [name, { sum, count, min, max }] of this.#samples) {
      const of = { avg: sum / count, max: Math.round(max), min: Math.round(min) };
      for (const kind of SAMPLE_COLUMNS) values[`${kind}_${name}`] = of[kind];
    }
    return values;
  }
}
