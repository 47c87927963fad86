// Effects for people (`gobic effects`, EXPLAIN EFFECTS) and as JSON (the catalog, `--json`).
import type { Need } from "../../base/privileges.ts";
import type { Effects, TableAccess } from "./effects.ts";
import { EFFECT_FLAGS, effectsWith } from "./join.ts";

/** What each yes-or-no effect is called in sentences. */
const FLAG_WORDS: Readonly<Record<(typeof EFFECT_FLAGS)[number], string>> = {
  clock: "the clock",
  random: "random numbers",
  network: "the network",
  files: "files",
  jobs: "starts jobs",
  output: "prints",
  manages: "changes the catalog",
  dynamic: "dynamic SQL",
};

/** One line per kind of effect, without a heading; the single line `pure` when there are none. */
export function printEffects(effects: Effects): readonly string[] {
  const lines: string[] = [];
  const add = (label: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push(`${label.padEnd(8)} ${items.join(", ")}`);
  };
  add("reads", effects.reads.map(printAccess));
  add("writes", effects.writes.map(printAccess));
  add("defines", effects.defines);
  add("calls", effects.calls);
  add("raises", effects.raises);
  add(
    "uses",
    EFFECT_FLAGS.filter((flag) => effects[flag]).map((flag) => FLAG_WORDS[flag]),
  );
  return lines.length === 0 ? ["pure"] : lines;
}

/** `users (email, id)`, `users (*)`; the schema `main` is not printed. */
export function printAccess(access: TableAccess): string {
  const columns = access.columns === "*" ? "*" : access.columns.join(", ");
  return `${access.table.replace(/^main\./, "")} (${columns})`;
}

/** JSON text with sorted parts: equal effects give equal text. */
export function effectsToJson(effects: Effects): string {
  return JSON.stringify(effectsWith(effects));
}

/** Reads what `effectsToJson` wrote. Undefined for text of another shape: the caller then checks the routine again. */
export function effectsFromJson(text: string): Effects | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined; // Not ours: the caller recomputes, nothing is lost.
  }
  if (typeof data !== "object" || data === null) return undefined;
  const fields = data as { readonly [field: string]: unknown };
  const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");
  const isAccess = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    "table" in value &&
    typeof value.table === "string" &&
    "columns" in value &&
    (value.columns === "*" || isTexts(value.columns));
  const isAccesses = (value: unknown): boolean => Array.isArray(value) && value.every(isAccess);
  const whole =
    isAccesses(fields["reads"]) &&
    isAccesses(fields["writes"]) &&
    isTexts(fields["defines"]) &&
    isTexts(fields["calls"]) &&
    isTexts(fields["raises"]) &&
    EFFECT_FLAGS.every((flag) => typeof fields[flag] === "boolean");
  return whole ? effectsWith({ ...(data as Effects), ...rightsOf(fields) }) : undefined;
}

/** What was stored before privileges were noted needs all that its effects name. */
function rightsOf(fields: { readonly [field: string]: unknown }): Pick<Effects, "needs" | "fires"> {
  const { needs, fires } = fields as Partial<Effects>;
  if (needs !== undefined && fires !== undefined) return { needs, fires };
  const { reads, writes, calls } = fields as unknown as Effects;
  const tables = (privilege: Need["privilege"], accesses: readonly TableAccess[]): readonly Need[] =>
    accesses.map(({ table, columns }) => ({
      privilege,
      objectKind: "table",
      objectName: table,
      columns: columns === "*" ? undefined : columns,
    }));
  const called = calls.map(
    (name): Need => ({ privilege: "EXECUTE", objectKind: "procedure", objectName: name, columns: undefined }),
  );
  const written = (["INSERT", "UPDATE", "DELETE"] as const).flatMap((privilege) => tables(privilege, writes));
  return { needs: [...tables("SELECT", reads), ...written, ...called], fires: [] };
}
