// Hovers of what is no name of the program: keys of configuration, cron texts, keywords.
import type { CronPort } from "../../base/cron/fields.ts";
import type { Span } from "../../base/source.ts";
import { CONFIG_KEYS, configKey, type ConfigOwner } from "../../compiler/check/config-keys.ts";
import type { ConfigBlock, Name, ScheduleDeclaration, Statement } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";
import type { Document, Hover, Spot } from "../types.ts";
import { cronSetting, nextFires } from "./cron-preview.ts";
import { codeBlock } from "./describe.ts";

interface Spanned {
  readonly span: Span;
}

/** A key of a configuration block, or a cron text in one. */
export function aboutConfiguration(
  spot: Spot,
  node: Spanned,
  parents: readonly Spanned[],
  cron: CronPort,
): readonly string[] | undefined {
  const { statement } = spot.item;
  const text = node as Spanned & { readonly kind?: string; readonly value?: string };
  if (text.kind === "string" && typeof text.value === "string" && isCronPlace(statement, node, parents))
    return aboutCron(text.value, statement.kind === "schedule" ? statement : undefined, cron);
  const [parent] = parents;
  if (parent === undefined || !("key" in parent) || parent.key !== node) return undefined;
  const owner = ownerOf(statement, parents);
  const known = owner === undefined ? undefined : configKey(owner, (node as Name).text);
  return known === undefined ? undefined : [codeBlock(`${known.name}: …`), known.row.doc];
}

function isCronPlace(statement: Statement, node: Spanned, parents: readonly Spanned[]): boolean {
  if (statement.kind === "schedule" && statement.cron === node) return true;
  const entry = parents.find((parent) => "key" in parent) as { readonly key: Name } | undefined;
  return entry !== undefined && foldName(entry.key.text) === "sched";
}

function aboutCron(
  text: string,
  schedule: ScheduleDeclaration | undefined,
  cron: CronPort,
): readonly string[] | undefined {
  const setting = cronSetting(schedule);
  const fires = nextFires(text, setting, cron);
  if (fires === undefined) return undefined;
  return [`**Next fires** (${setting.zone})`, fires.map((fire) => `- ${fire}`).join("\n")];
}

/** Whose keys the block around a key has. */
export function ownerOf(statement: Statement, parents: readonly object[]): ConfigOwner | undefined {
  const block = parents.find((parent): parent is ConfigBlock => "entries" in parent);
  if (statement.kind === "routine") return block === statement.metadata ? "metadata" : "limits";
  if (statement.kind === "trigger" || statement.kind === "schedule" || statement.kind === "pipeline")
    return block === statement.config && statement.kind in CONFIG_KEYS ? statement.kind : undefined;
  return undefined;
}

/** A keyword, where nothing else is. */
export function aboutWord(document: Document, offset: number): Hover | undefined {
  const { text } = document;
  let start = offset;
  let end = offset;
  while (start > 0 && /[A-Za-z_]/u.test(text[start - 1] ?? "")) start -= 1;
  while (end < text.length && /[A-Za-z_]/u.test(text[end] ?? "")) end += 1;
  const word = text.slice(start, end).toLowerCase();
  const row: { readonly doc?: string } | undefined = Object.hasOwn(KEYWORDS, word)
    ? KEYWORDS[word as keyof typeof KEYWORDS]
    : undefined;
  return row?.doc === undefined ? undefined : { span: { start, end }, markdown: `**${word}**\n\n${row.doc}` };
}
