// What the gateway, which loads no catalog, and the catalog both know of query templates.
import type { ScalarName } from "../../base/scalar.ts";

/** Namespace of the templates of the database that holds them; those for another mount have its name. */
export const OWN_NAMESPACE = "main";

/** Types of parameters as templates write them, with ours. */
export const TEMPLATE_TYPES = {
  INTEGER: "int",
  STRING: "string",
  BOOLEAN: "bool",
  FLOAT: "float",
  TEXT: "string",
  DATE: "date",
  TIME: "time",
  DATETIME: "timestamp",
  TIMESTAMP: "timestamp",
} as const satisfies Record<string, ScalarName>;
