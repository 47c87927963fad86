// Hovers within the steps of a pipeline: their keys, the query template that one names, and the parameters that it is given.
import type { Span } from "../../base/source.ts";
import type { CatalogTemplate } from "../../compiler/catalog-view.ts";
import { configKey } from "../../compiler/check/config-keys.ts";
import { templateNamed, templateReference, templateTitle } from "../../compiler/check/step-query.ts";
import type { Argument, CallExpression, Name } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import type { Document, Spot } from "../types.ts";
import { codeBlock } from "./describe.ts";

interface Spanned {
  readonly span: Span;
}

/** What a node of a step is; undefined for all else. */
export function aboutStep(
  document: Document,
  spot: Spot,
  node: Spanned,
  parents: readonly Spanned[],
): readonly string[] | undefined {
  if (spot.item.statement.kind !== "pipeline") return undefined;
  const path = [node, ...parents];
  // A step is a call right in the list of steps; calls within its values are not.
  const at = path.findLastIndex(isCall);
  const step = path[at] as CallExpression | undefined;
  const argument = step?.arguments.find((each) => path.includes(each));
  if (step === undefined || argument?.name === undefined) return undefined;
  const key = foldName(argument.name.text);
  if (argument.name === node) {
    const known = configKey("step", key);
    return known === undefined ? undefined : [codeBlock(`${known.name}: …`), known.row.doc];
  }
  if (key === "query" && argument.value === node) {
    const template = templateOf(document, step);
    return template === undefined ? undefined : aboutTemplate(template);
  }
  return key === "params" ? aboutParameter(document, step, argument, node) : undefined;
}

function isCall(node: Spanned): boolean {
  return "kind" in node && node.kind === "call";
}

/** The template that a step names. */
function templateOf(document: Document, step: CallExpression): CatalogTemplate | undefined {
  const named = step.arguments.find(({ name }) => name !== undefined && foldName(name.text) === "query");
  const reference = templateReference(named?.value);
  const template = reference === undefined ? undefined : templateNamed(document.catalog.queryTemplates(), reference);
  return template === "ambiguous" ? undefined : template;
}

function aboutTemplate(template: CatalogTemplate): readonly string[] {
  return [codeBlock(`${templateTitle(template)} ${parametersText(template)}`), template.description ?? ""];
}

/** `(CUSTOMER int?)`, for people. */
export function parametersText({ parameters }: CatalogTemplate): string {
  return `(${parameters.map(({ name, type }) => `${name} ${type}?`).join(", ")})`;
}

function aboutParameter(
  document: Document,
  step: CallExpression,
  { value }: Argument,
  node: Spanned,
): readonly string[] | undefined {
  if (value.kind !== "object" || !value.fields.some(({ name }) => name === node)) return undefined;
  const name = foldName((node as Name).text);
  const parameter = templateOf(document, step)?.parameters.find((each) => foldName(each.name) === name);
  return parameter === undefined ? undefined : [codeBlock(`(parameter) ${parameter.name}: ${parameter.type}?`)];
}
