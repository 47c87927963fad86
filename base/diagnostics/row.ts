// The shape of a row of the diagnostics table.

/** One kind of finding. Codes are never reused; a removed row stays with `retired: true`. */
export interface DiagnosticRow {
  /** `E1xxx` syntax, E2 names, E3 types, E4 null, E5 SQL, E6 effects and raises, E7 automation, E8 bytecode, E9 limits. */
  readonly code: `E${number}`;
  readonly severity: "error" | "warning" | "info" | "hint";
  /** One sentence in the user's words that ends with a full stop. */
  // biome-ignore lint/suspicious/noExplicitAny: rows take data of their own type; DiagnosticData recovers it.
  readonly message: (data: never) => string;
  readonly retired?: true;
}
