// A pipeline's step that names a query template (`open(query: 57, params: {CUSTOMER: 7})`): finding the template, and checking its SQL as the body of a procedure
// with the template's parameters. The server stores it as such a procedure (server/catalog/step-bodies.ts), as it does with the SQL of steps.
import { scalarByName } from "../../base/scalar.ts";
import type { Span } from "../../base/source.ts";
import type { CatalogTemplate, CatalogView } from "../catalog-view.ts";
import { parse } from "../syntax/parse.ts";
import type { ConfigEntry, RoutineDeclaration, Statement } from "../syntax/tree.ts";
import { ANY, foldName, nullable, scalar } from "../types/make.ts";
import type { ModuleSetting } from "./bodies.ts";
import type { ParameterInfo } from "./checked.ts";
import { nameOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { lateSeverity, nearest, problem } from "./findings.ts";
import { declareImplicit } from "./scope.ts";
import { checkStatements } from "./statements.ts";
import { givesResult, statementsIn, stepBody, type StepBody } from "./step-sql.ts";

/** A template as a text names it: by its number, or by its name in any case. Several have one name: undefined, as when there is none. */
export function templateNamed(
  templates: readonly CatalogTemplate[],
  reference: string,
): CatalogTemplate | "ambiguous" | undefined {
  const byNumber = templates.find(({ id }) => String(id) === reference);
  const [found, other] =
    byNumber === undefined
      ? templates.filter(({ name }) => foldName(name) === foldName(reference))
      : [byNumber, undefined];
  return other === undefined ? found : "ambiguous";
}

/** The number or the name that a value stands for; undefined when it is neither. */
export function templateReference(value: ConfigEntry["value"] | undefined): string | undefined {
  if (value === undefined || !("kind" in value)) return undefined;
  if (value.kind === "number") return value.form === "int" ? value.text.replaceAll("_", "") : undefined;
  const name = value.kind === "boolean" || value.kind === "null" ? undefined : nameOf(value);
  return name === undefined || name.trim() === "" ? undefined : name;
}

/** How a template is called in messages and lists. */
export function templateTitle({ id, name }: Pick<CatalogTemplate, "id" | "name">): string {
  return `query ${id} ${name}`;
}

/** Statements as the text of a procedure; one query or change is what it returns. `plain`: the statements as they were parsed without that. */
export function procedureText(
  routine: string,
  parameters: string,
  sql: string,
): { readonly text: string; readonly plain: readonly Statement[] } {
  const textWith = (result: string): string => `procedure \`${routine}\` (${parameters}) {\n${result}${sql}\n}`;
  const plain = statementsIn(routineOf(routine, textWith("")).routine);
  return { text: textWith(givesResult(plain) ? "return " : ""), plain };
}

/** The parameters of the procedure that a template is stored as. All may be null, as in the gateway. */
export function templateParameters({ parameters }: CatalogTemplate): string {
  return parameters.map(({ inner, type }) => `\`${inner}\` ${type}?`).join(", ");
}

/** Checks the template that a step names; undefined when there is none that can be checked. */
export function checkStepQuery(
  setting: ModuleSetting,
  ctx: CheckContext,
  step: string,
  value: ConfigEntry["value"],
): StepBody | undefined {
  const reference = templateReference(value);
  if (reference === undefined) return undefined;
  const templates = setting.catalog.queryTemplates();
  const template = templateNamed(templates, reference);
  if (template === undefined) {
    reportUnknown(ctx, setting.catalog, reference, value.span);
    return undefined;
  }
  if (template === "ambiguous") {
    const numbers = templates.filter(({ name }) => foldName(name) === foldName(reference)).map(({ id }) => id);
    problem(
      ctx,
      "TemplateMisfit",
      value.span,
      { step, reason: `several templates are named ${reference}` },
      { help: `Write its number: ${numbers.map((id) => `query: ${id}`).join(" or ")}.` },
    );
    return undefined;
  }
  return checkTemplate(setting, ctx, step, { template, place: value.span });
}

function reportUnknown(ctx: CheckContext, catalog: CatalogView, reference: string, place: Span): void {
  const near = nearest(
    reference,
    catalog.queryTemplates().map(({ name }) => name),
  );
  const help = near === undefined ? "gobi queries load stores templates in the database." : `Did you mean ${near}?`;
  problem(ctx, "UnknownTemplate", place, { name: reference }, { severity: lateSeverity(ctx), help });
}

function checkTemplate(
  setting: ModuleSetting,
  ctx: CheckContext,
  step: string,
  { template, place }: { readonly template: CatalogTemplate; readonly place: Span },
): StepBody | undefined {
  const { findings } = setting.state;
  const misfit = (reason: string): void =>
    problem(ctx, "TemplateMisfit", place, { step, reason: `${templateTitle(template)} does not fit: ${reason}` });
  const { text, plain } = procedureText(step, templateParameters(template), template.text);
  const { routine, reason } = routineOf(step, text);
  if (routine === undefined) {
    misfit(reason);
    return undefined;
  }
  const parameters: ParameterInfo[] = [];
  const body = stepBody(setting, ctx, step, { routine, plain, parameters });
  for (const { name, inner, type } of template.parameters) {
    const known = scalarByName(type);
    const typed = known === undefined ? ANY : nullable(scalar(known));
    const variable = declareImplicit(body.ctx, inner, "let", typed);
    parameters.push({
      name,
      node: undefined,
      variable,
      type: typed,
      declared: undefined,
      mode: "in",
      hasDefault: false,
      variadic: false,
    });
  }
  const first = findings.length;
  checkStatements(body.ctx, statementsIn(routine));
  // Their places are in the template, not in this text: of all only the first error is told, at the name of the template.
  const wrong = findings.splice(first).find(({ severity }) => severity === "error");
  if (wrong !== undefined) misfit(wrong.message);
  return body;
}

/** The one procedure of a text, or why it is none. */
function routineOf(
  step: string,
  text: string,
): { readonly routine: RoutineDeclaration | undefined; readonly reason: string } {
  const { value, problems } = parse({ name: step, text });
  const wrong = problems.find(({ severity }) => severity === "error");
  const statement = value.items[0]?.statement;
  return wrong === undefined && value.items.length === 1 && statement?.kind === "routine"
    ? { routine: statement, reason: "" }
    : { routine: undefined, reason: wrong?.message ?? "it is not a list of statements." };
}
