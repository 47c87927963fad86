// Proposals inside configuration: keys of metadata, triggers, schedules, pipelines and steps that are not there yet, and the values that a key takes.
import { CRON_WORDS } from "../../base/cron/fields.ts";
import { zoneNames } from "../../base/cron/zone.ts";
import { ACTIONS } from "../../compiler/check/action-table.ts";
import { CONFIG_KEYS, type ConfigOwner, configKey, type KeyShape } from "../../compiler/check/config-keys.ts";
import { templateNamed, templateTitle } from "../../compiler/check/step-query.ts";
import type { Document } from "../types.ts";
import type { Cursor, CursorToken } from "./cursor.ts";
import { parametersText } from "./hover-steps.ts";
import type { Proposal } from "./proposal.ts";

/** The block of configuration around a cursor. */
interface ConfigPlace {
  readonly owner: ConfigOwner;
  /** Keys that are there, in lower case. */
  readonly keys: ReadonlySet<string>;
  /** The key whose value is being written; undefined where a key is. */
  readonly key: string | undefined;
}

/** What may stand at a cursor in configuration; undefined elsewhere. */
export function configProposals(document: Document, cursor: Cursor): readonly Proposal[] | undefined {
  const place = placeOf(cursor);
  if (place === undefined) return parameterProposals(document, cursor);
  if (place.key === undefined) return cursor.string === undefined ? keyProposals(place) : [];
  const known = configKey(place.owner, place.key);
  if (known === undefined) return [];
  const values = valuesOf(document, place, known.name, known.row.shape);
  return cursor.string === undefined ? values.map((value) => quoted(value, known.row.shape)) : values;
}

const DECLARED: Readonly<Record<string, ConfigOwner>> = {
  trigger: "trigger",
  schedule: "schedule",
  pipeline: "pipeline",
};

function placeOf({ tokens, open }: Cursor): ConfigPlace | undefined {
  const [outer] = open;
  const inner = open.at(-1);
  if (outer === undefined || inner === undefined) return undefined;
  const owner = ownerOf(tokens, outer.index, outer.text);
  if (owner === undefined) return undefined;
  const entry = entryBefore(tokens, outer.index + 1);
  if (inner === outer) return { owner, keys: entry.keys, key: entry.key };
  // `steps: [load(after: …)]`: the parentheses of a step are configuration too; lists are values of their key.
  if (owner === "pipeline" && entry.key === "steps" && inner.text === "(") {
    const step = entryBefore(tokens, inner.index + 1);
    return { owner: "step", keys: step.keys, key: step.key };
  }
  if (entry.key === "limits" && inner.text === "{") {
    const limit = entryBefore(tokens, inner.index + 1);
    return { owner: "limits", keys: limit.keys, key: limit.key };
  }
  return inner.text === "[" ? { owner, keys: entry.keys, key: entry.key } : undefined;
}

/** Whose block a bracket opens: that of a declaration by its word, or the metadata of a routine. */
function ownerOf(tokens: readonly CursorToken[], open: number, bracket: string): ConfigOwner | undefined {
  const words = tokens.slice(0, Math.min(open, 6)).map((token) => token.text);
  const declared = words
    .map((word) => (Object.hasOwn(DECLARED, word) ? DECLARED[word] : undefined))
    .find((each) => each !== undefined);
  if (declared !== undefined) return bracket === "(" ? declared : undefined;
  if (!words.includes("procedure") && !words.includes("function")) return undefined;
  if (bracket === "<{") return "metadata";
  return bracket === "{" && !tokens.slice(0, open).some((token) => token.text === "(") ? "metadata" : undefined;
}

/** The keys of a block so far, and the key whose value the end of the tokens belongs to. */
function entryBefore(
  tokens: readonly CursorToken[],
  from: number,
): { readonly keys: ReadonlySet<string>; readonly key: string | undefined } {
  const keys = new Set<string>();
  let key: string | undefined;
  let depth = 0;
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.kind === "sign" && ["(", "[", "{"].includes(token.text)) depth += 1;
    else if (token.kind === "sign" && [")", "]", "}"].includes(token.text)) depth -= 1;
    else if (depth === 0 && token.text === ",") key = undefined;
    else if (depth === 0 && token.kind === "word" && tokens[index + 1]?.text === ":") {
      keys.add(token.text);
      key = token.text;
    }
  }
  // A value that is complete ends its entry; the next line begins a key.
  const last = tokens.at(-1);
  const ended =
    key !== undefined &&
    depth === 0 &&
    last !== undefined &&
    last.text !== ":" &&
    last.text !== "," &&
    last.text !== "|";
  return { keys, key: ended ? undefined : key };
}

/** The parameters of the template of a step, in `params: {…}`, that are not there yet. */
function parameterProposals(document: Document, { tokens, open }: Cursor): readonly Proposal[] | undefined {
  const [outer, , step, inner] = open;
  if (outer === undefined || step?.text !== "(" || inner?.text !== "{" || open.length !== 4) return undefined;
  if (ownerOf(tokens, outer.index, outer.text) !== "pipeline") return undefined;
  if (entryBefore(tokens.slice(0, inner.index), step.index + 1).key !== "params") return undefined;
  const given = entryBefore(tokens, inner.index + 1);
  const at = tokens.findIndex(
    ({ text }, index) => index > step.index && text === "query" && tokens[index + 1]?.text === ":",
  );
  const reference = tokens[at + 2];
  if (given.key !== undefined || at < 0 || reference === undefined) return undefined;
  const template = templateNamed(
    document.catalog.queryTemplates(),
    reference.written.replaceAll(/^['"`]|['"`]$/gu, ""),
  );
  if (template === undefined || template === "ambiguous") return undefined;
  return template.parameters
    .filter(({ name }) => !given.keys.has(name.toLowerCase()))
    .map(({ name, type }) => ({
      label: name,
      kind: "key" as const,
      detail: `${type}?`,
      insert: `${name}: `,
      rank: 10,
    }));
}

function keyProposals({ owner, keys }: ConfigPlace): readonly Proposal[] {
  return Object.entries<{ readonly doc: string; readonly shape: KeyShape }>(CONFIG_KEYS[owner])
    .filter(([key]) => !keys.has(key))
    .map(([key, row]) => ({
      label: key,
      kind: "key" as const,
      detail: shapeText(row.shape),
      about: row.doc,
      insert: `${key}: `,
      rank: 10,
    }));
}

function shapeText(shape: KeyShape): string {
  if (typeof shape === "string") return shape;
  return ("choice" in shape ? shape.choice : shape.set).filter((each) => each !== "").join(" | ");
}

/** The values that a key takes. */
function valuesOf(document: Document, place: ConfigPlace, key: string, shape: KeyShape): readonly Proposal[] {
  if (typeof shape === "object")
    return ("choice" in shape ? shape.choice : shape.set).filter((each) => each !== "").map((each) => value(each));
  if (shape === "bool" || shape === "boolOrNames") return ["true", "false"].map((each) => value(each));
  if (shape === "actions")
    return Object.keys(ACTIONS).map((action) => ({
      ...value(action),
      insert: `${action}()`,
      snippet: `${action}($0)`,
    }));
  switch (key) {
    case "sched":
      return [
        ...Object.entries(CRON_WORDS).map(([word, text]) => ({ ...value(`@${word}`), detail: text })),
        ...declared(document, "schedule"),
      ];
    case "tz":
      return zoneNames().map((zone) => value(zone));
    case "call":
    case "after":
      return [...declared(document, "routine"), ...(place.owner === "trigger" ? [] : declared(document, "pipeline"))];
    case "steps":
      return declared(document, "routine");
    case "query":
      return document.catalog.queryTemplates().map((template) => ({
        ...value(template.name),
        detail: `${templateTitle(template)} ${parametersText(template)}`,
        ...(template.description === undefined ? {} : { about: template.description }),
      }));
    case "target":
      return document.catalog.tableNames().flatMap((table) => (table.startsWith("system.") ? [] : [value(table)]));
    case "trig":
      return declared(document, "trigger");
    case "pipeline":
      return declared(document, "pipeline");
    default:
      return [];
  }
}

function value(label: string): Proposal {
  return { label, kind: "value", rank: 20 };
}

/** Names that the file declares, and stored routines. */
function declared(document: Document, kind: "routine" | "schedule" | "trigger" | "pipeline"): readonly Proposal[] {
  const own = document.module.items.flatMap(({ statement }) => (statement.kind === kind ? [statement.name.text] : []));
  const stored = kind === "routine" ? document.catalog.routineNames() : [];
  return [...new Set([...own, ...stored])].map((name) => value(name));
}

/** Texts need quotes; booleans and actions none. */
function quoted(proposal: Proposal, shape: KeyShape): Proposal {
  if (shape === "bool" || shape === "actions" || shape === "steps" || ["true", "false"].includes(proposal.label))
    return proposal;
  return { ...proposal, insert: `'${proposal.label}'` };
}
