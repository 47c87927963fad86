// The table of all diagnostics, put together from one file per range of codes.
// The pages under docs/diagnostics and `gobic explain` follow this table.
import { AUTOMATION_DIAGNOSTICS } from "./automation.ts";
import { BYTECODE_DIAGNOSTICS } from "./bytecode.ts";
import { EFFECT_DIAGNOSTICS } from "./effects.ts";
import { LIMIT_DIAGNOSTICS } from "./limits.ts";
import { NAME_DIAGNOSTICS } from "./names.ts";
import { NULL_DIAGNOSTICS } from "./nulls.ts";
import { SQL_DIAGNOSTICS } from "./sql.ts";
import { SYNTAX_DIAGNOSTICS } from "./syntax.ts";
import { TYPE_DIAGNOSTICS } from "./types.ts";

/** Every diagnostic by name. */
export const DIAGNOSTICS = {
  ...SYNTAX_DIAGNOSTICS,
  ...NAME_DIAGNOSTICS,
  ...TYPE_DIAGNOSTICS,
  ...NULL_DIAGNOSTICS,
  ...SQL_DIAGNOSTICS,
  ...EFFECT_DIAGNOSTICS,
  ...AUTOMATION_DIAGNOSTICS,
  ...BYTECODE_DIAGNOSTICS,
  ...LIMIT_DIAGNOSTICS,
} as const;

/** Name of a diagnostic. */
export type DiagnosticName = keyof typeof DIAGNOSTICS;

/** The data that a diagnostic's message needs. */
export type DiagnosticData<N extends DiagnosticName> = Parameters<(typeof DIAGNOSTICS)[N]["message"]>[0];
