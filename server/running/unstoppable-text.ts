// What of a text, or of a stored routine, nothing could stop once it runs: looked at before it does, by the text's statements and by effects.
import type { DatabaseSchema } from "../../base/schema.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { Item } from "../../compiler/syntax/tree.ts";
import type { ExecuteOptions } from "../session-types.ts";
import { hasUnindexedReferences } from "../sql/unindexed-references.ts";
import { type Unstoppable, unstoppable } from "../sql/unstoppable.ts";
import { parseReference } from "./call.ts";
import type { SessionCore } from "./core.ts";
import { prepareScript, TYPED } from "./execute.ts";
import { variablesOfText } from "./text-run.ts";

/** Texts of one statement that cannot be one of those, by their first word. */
const ALWAYS_ASKS =
  /^\s*(?:select|insert|update|values|begin|commit|rollback|savepoint|release|show|list|print)\b[^;]*;?\s*$/iu;

/** See Session.unstoppableText. */
export function unstoppableText(
  core: SessionCore,
  text: string,
  args: ExecuteOptions["args"],
): Unstoppable | undefined {
  if (ALWAYS_ASKS.test(text)) return undefined;
  core.catalog.poll();
  const { checked, code } = prepareScript(core, { name: TYPED, text }, variablesOfText(core, args).variables);
  if (code === undefined) return undefined;
  return worst(checked.module.items.map((item) => unstoppableItem(core, text, item, checked.effects.get(item))));
}

/** See Session.unstoppableCall. */
export function unstoppableCall(core: SessionCore, name: string): Unstoppable | undefined {
  core.catalog.poll();
  return worst(core.catalog.routines(parseReference(name).name).map(({ effectsJson }) => ofRoutine(effectsJson)));
}

/** By the effects of routines, which are looked at before each call; few differ. */
const known = new Map<string, Unstoppable | undefined>();
const KNOWN_MAX = 1000;

function ofRoutine(effectsJson: string): Unstoppable | undefined {
  if (known.has(effectsJson)) return known.get(effectsJson);
  const found = byEffects(effectsJson === "" ? undefined : effectsFromJson(effectsJson));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(effectsJson, found);
  return found;
}

function unstoppableItem(
  core: SessionCore,
  text: string,
  { offset, statement }: Item,
  effects: Effects | undefined,
): Unstoppable | undefined {
  const schema = (): DatabaseSchema => core.catalog.schema();
  if (statement.kind !== "sql" && statement.kind !== "management") return byEffects(effects);
  if (statement.kind === "sql" && statement.statement.kind === "delete") {
    const refersTo = effects?.writes.some(({ table }) => hasUnindexedReferences(schema(), table.replace(/^.*\./u, "")));
    return refersTo === true ? { what: "DELETE", bounded: false } : undefined;
  }
  return unstoppable(text.slice(offset + statement.span.start, offset + statement.span.end), schema);
}

/** What a routine does is known by its effects only: any DDL, any text. */
function byEffects(effects: Effects | undefined): Unstoppable | undefined {
  if (effects?.dynamic === true) return { what: "execute", bounded: false };
  return effects !== undefined && effects.defines.length > 0
    ? { what: "CREATE, ALTER or DROP", bounded: true }
    : undefined;
}

function worst(found: readonly (Unstoppable | undefined)[]): Unstoppable | undefined {
  return found.find((each) => each?.bounded === false) ?? found.find((each) => each !== undefined);
}
