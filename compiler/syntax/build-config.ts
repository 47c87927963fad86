// Configuration: `key: value` entries of metadata, triggers, schedules and pipelines.
// Which keys exist and what their values may be is decided by the checker.
import { listOf, kids, maybe, nameOf, one, only, rule, spanOf, textOf, type View } from "./build-node.ts";
import type { ConfigBlock, ConfigEntry } from "./tree/declarations.ts";
import type { Expression } from "./tree/expressions.ts";

/** Any bracketed list of entries; `whole` gives the span. */
export function buildConfig(view: View): ConfigBlock {
  const entries: ConfigEntry[] = [];
  let hasHole = false;
  for (const item of listOf(maybe(view, "ConfigEntries"), "ConfigItem", "")) {
    const inner = only(item);
    if (rule(inner) === "hole") hasHole = true;
    else entries.push(buildEntry(inner));
  }
  return { entries, hasHole, span: spanOf(view) };
}

function buildEntry(view: View): ConfigEntry {
  const value = only(one(view, "ConfigValue"));
  return { key: nameOf(only(one(view, "ConfigKey"))), value: buildValue(value), span: spanOf(view) };
}

function buildValue(view: View): Expression | ConfigBlock {
  if (rule(view) === "ConfigBraces") return buildConfig(view);
  if (rule(view) !== "ConfigSet") return view.ctx.build.expression(view);
  // `insert|update` is the set that `'insert|update'` is.
  const span = spanOf(view);
  const names = kids(view).map((kid) => textOf(kid).replace(/[|\s]/g, ""));
  return { kind: "string", value: names.join("|"), quote: "single", span };
}
