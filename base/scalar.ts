// The scalar types of the language and the names under which programs may write them (LANGUAGE.md section 2).
// One table; the checker, the engines' type maps and the reference page derive from it.

interface ScalarRow {
  /** Other accepted names, lower case, without arguments. */
  readonly aliases: readonly string[];
  /** True when `+ - * /` work on it. */
  readonly numeric: boolean;
  readonly doc: string;
}

/** Every scalar type by its canonical name. */
export const SCALARS = {
  int: {
    aliases: [
      "integer",
      "bigint",
      "int2",
      "int4",
      "int8",
      "int16",
      "int32",
      "int64",
      "smallint",
      "tinyint",
      "mediumint",
      "u8",
      "u16",
      "u32",
      "u64",
    ],
    numeric: true,
    doc: "64-bit signed integer; overflow raises Overflow.",
  },
  float: { aliases: ["double", "real", "float32", "float64"], numeric: true, doc: "IEEE 754 double." },
  decimal: { aliases: ["numeric", "dec"], numeric: true, doc: "Exact decimal number with precision and scale." },
  bool: { aliases: ["boolean"], numeric: false, doc: "true or false." },
  string: {
    aliases: ["text", "varchar", "char", "character", "nvarchar", "nchar", "clob"],
    numeric: false,
    doc: "Unicode text.",
  },
  bytes: { aliases: ["blob", "bytea", "binary", "varbinary"], numeric: false, doc: "Bytes." },
  date: { aliases: [], numeric: false, doc: "Calendar day." },
  time: { aliases: [], numeric: false, doc: "Time of day in microseconds." },
  timestamp: { aliases: ["datetime"], numeric: false, doc: "Instant in UTC microseconds." },
  timestamptz: { aliases: [], numeric: false, doc: "Instant in UTC microseconds." },
  interval: { aliases: [], numeric: false, doc: "Months, days and microseconds." },
  json: { aliases: ["jsonb"], numeric: false, doc: "JSON value." },
  uuid: { aliases: [], numeric: false, doc: "Universally unique identifier, lower-case text." },
} as const satisfies Record<string, ScalarRow>;

/** Canonical name of a scalar type. */
export type ScalarName = keyof typeof SCALARS;

const BY_NAME: ReadonlyMap<string, ScalarName> = new Map(
  (Object.keys(SCALARS) as ScalarName[]).flatMap((name) =>
    [name, ...SCALARS[name].aliases].map((alias) => [alias, name] as const),
  ),
);

/** The scalar type that a program means by `name` (any case), or undefined. */
export function scalarByName(name: string): ScalarName | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Value ranges of the narrow integer names; other names of int have the full 64-bit range. */
export const INT_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  u8: [0n, 255n],
  u16: [0n, 65_535n],
  u32: [0n, 4_294_967_295n],
  u64: [0n, 9_223_372_036_854_775_807n],
  int2: [-32_768n, 32_767n],
  int16: [-32_768n, 32_767n],
  int4: [-2_147_483_648n, 2_147_483_647n],
  int32: [-2_147_483_648n, 2_147_483_647n],
};
