// Prints declarations. A short header stays on its line; else each clause has its own and the body's bracket stands alone, as in LANGUAGE.md section 6.
// Holes have no nodes of their own: a declaration with `...` among its parameters stays as written.
import { assertNever } from "../../base/failure.ts";
import type {
  Declaration,
  DeclarationVerb,
  RoutineDeclaration,
  ScheduleDeclaration,
  TriggerDeclaration,
} from "../syntax/tree/declarations.ts";
import { brokenIn, type FormatContext, nameText, qualifiedText, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, LINE } from "./doc.ts";
import { brackets } from "./print-expressions.ts";
import { printField } from "./print-types.ts";

/** A declaration; its doc comment is printed with the comments before it. */
export function printDeclaration(ctx: FormatContext, node: Declaration): Doc {
  const exported = node.exported ? "export " : "";
  switch (node.kind) {
    case "struct":
      return withHole(ctx, node.span, [
        exported,
        "type struct as ",
        nameText(ctx, node.name),
        " ",
        brackets(
          "(",
          node.fields.map((field) => printField(ctx, field, " ")),
          ")",
          brokenIn(ctx, node.span.start, node.span.end),
        ),
      ]);
    case "enum":
      return [
        exported,
        "type enum as ",
        nameText(ctx, node.name),
        " ",
        brackets(
          "(",
          node.values.map((value) => rawText(ctx, value.span)),
          ")",
          brokenIn(ctx, node.span.start, node.span.end),
        ),
      ];
    case "error": {
      const parent = node.parent === undefined ? "" : ` extends ${nameText(ctx, node.parent)}`;
      const fields: Doc =
        node.fields.length === 0
          ? ""
          : [
              " ",
              brackets(
                "(",
                node.fields.map((field) => printField(ctx, field, " ")),
                ")",
                false,
              ),
            ];
      return withHole(ctx, node.span, [exported, "error ", nameText(ctx, node.name), parent, fields]);
    }
    case "routine":
      return [exported, printRoutine(ctx, node)];
    case "trigger":
      return [exported, printTrigger(ctx, node)];
    case "schedule":
      return [exported, printSchedule(ctx, node)];
    case "pipeline":
      return [
        exported,
        configHead(ctx, node, "pipeline"),
        node.config === undefined ? "" : [" ", ctx.print.config(ctx, node.config, "(", ")")],
      ];
    case "test": {
      const cases: Doc =
        node.cases === undefined
          ? ""
          : [
              " for (",
              node.cases.names.map((name) => nameText(ctx, name)).join(", "),
              ") in ",
              ctx.print.expression(ctx, node.cases.rows),
            ];
      return [exported, "test ", rawText(ctx, node.name.span), cases, " ", printOwnBlock(ctx, node.body)];
    }
    case "import":
      return [exported, `import ${node.path === undefined ? nameText(ctx, node.name) : JSON.stringify(node.path)}`];
    default:
      return assertNever(node, "printDeclaration");
  }
}

/** Holes among fields and parameters have no node; such a declaration stays as written. */
function withHole(ctx: FormatContext, span: Declaration["span"], doc: Doc): Doc {
  const written = rawText(ctx, span);
  return written.includes("...") ? written : doc;
}

type Body = RoutineDeclaration["body"];

function printOwnBlock(ctx: FormatContext, body: Exclude<Body, undefined>): Doc {
  if (!("style" in body)) return ["=> ", ctx.print.expression(ctx, body)];
  const printed = ctx.print.block(ctx, body);
  if (body.style === "braces") return printed === "" ? "{ }" : ["{", indent([HARD_LINE, printed]), HARD_LINE, "}"];
  return ["BEGIN", printed === "" ? "" : indent([HARD_LINE, printed]), HARD_LINE, "END"];
}

const VERBS: Readonly<Record<DeclarationVerb, string>> = {
  create: "create ",
  replace: "create or replace ",
  upsert: "upsert ",
  bare: "",
};

function printRoutine(ctx: FormatContext, node: RoutineDeclaration): Doc {
  const keywords = node.body !== undefined && "style" in node.body && node.body.style === "keywords";
  const word = (text: string): string => (keywords ? text.toUpperCase() : text);
  const parameters = printParameters(ctx, node);
  if (parameters === undefined) return rawText(ctx, node.span);
  const receiver: Doc =
    node.receiver === undefined
      ? ""
      : [
          " <",
          node.receiver.binding === undefined ? "" : `${nameText(ctx, node.receiver.binding)} `,
          ctx.print.type(ctx, node.receiver.type),
          "> ",
        ];
  const head: Doc = [
    word(`${VERBS[node.verb]}${node.routine} `),
    node.ifNotExists ? word("if not exists ") : "",
    nameText(ctx, node.name),
    receiver,
  ];
  const clauses: Doc[] = [];
  let first: Doc = head;
  if (node.metadata === undefined) first = [head, parameters];
  else {
    first = [head, " as ", metadataDoc(ctx, node)];
    if (parameters !== "") clauses.push(parameters);
  }
  if (node.raises !== undefined)
    clauses.push(`${word("raises ")}${node.raises.map((name) => nameText(ctx, name)).join(", ")}`);
  if (node.returns !== undefined) clauses.push([word("returns "), ctx.print.type(ctx, node.returns)]);
  if (node.mode !== undefined) clauses.push(word(`as ${node.mode}`));
  if (node.security !== undefined) clauses.push(word(`security ${node.security}`));
  if (keywords && node.mode === undefined) clauses.push("AS");
  const bodyStart = node.body === undefined ? node.span.end : node.body.span.start;
  const header = join(LINE, [first, ...clauses]);
  const broken = brokenIn(ctx, node.name.span.end, bodyStart) && clauses.length > 0;
  if (node.body === undefined) return group(header, broken);
  if (!("style" in node.body)) return [group(header, broken), " => ", ctx.print.expression(ctx, node.body)];
  // The bracket stands alone when the clauses stand one below the other.
  const before = clauses.length > 0 ? LINE : " ";
  const printed = ctx.print.block(ctx, node.body);
  const [open, close] = keywords ? ["BEGIN", "END"] : ["{", "}"];
  const opened = group([header, before, open], broken);
  if (printed === "") return keywords ? [opened, HARD_LINE, close] : [opened, " ", close];
  return [opened, indent([HARD_LINE, printed]), HARD_LINE, close];
}

function metadataDoc(ctx: FormatContext, node: RoutineDeclaration): Doc {
  if (node.metadata === undefined) return "";
  if (node.metadata.entries.length === 0 && !node.metadata.hasHole) return "<{ }>";
  return ctx.print.config(ctx, node.metadata, "<{", "}>");
}

/** Undefined when a hole stands among the parameters. */
function printParameters(ctx: FormatContext, node: RoutineDeclaration): Doc | undefined {
  if (node.parameters === undefined) return "";
  const docs = node.parameters.map(
    (parameter): Doc => [
      parameter.mode === "in" ? "" : `${parameter.mode} `,
      nameText(ctx, parameter.name),
      parameter.type === undefined ? "" : [" ", ctx.print.type(ctx, parameter.type)],
      parameter.variadic ? "..." : "",
      parameter.default === undefined ? "" : [" = ", ctx.print.expression(ctx, parameter.default)],
    ],
  );
  const start = node.name.span.start;
  const end = node.body === undefined ? node.span.end : node.body.span.start;
  const header = rawText(ctx, { start, end });
  const holes = header.split("...").length - 1 - node.parameters.filter((parameter) => parameter.variadic).length;
  if (holes > 0 && node.metadata?.hasHole !== true) return undefined;
  const [first, second] = node.parameters;
  return brackets(
    "(",
    docs,
    ")",
    first !== undefined && second !== undefined && brokenIn(ctx, first.span.end, second.span.start),
  );
}

type Automation = TriggerDeclaration | ScheduleDeclaration | Extract<Declaration, { kind: "pipeline" }>;

function configHead(ctx: FormatContext, node: Automation, what: string): string {
  return `${VERBS[node.verb]}${what} ${node.ifNotExists ? "if not exists " : ""}as ${nameText(ctx, node.name)}`;
}

function printTrigger(ctx: FormatContext, node: TriggerDeclaration): Doc {
  if (node.config !== undefined)
    return [configHead(ctx, node, "trigger"), " ", ctx.print.config(ctx, node.config, "(", ")")];
  const head = `${VERBS[node.verb]}trigger ${node.ifNotExists ? "if not exists " : ""}`.toUpperCase();
  const events = node.events.map(
    (event) =>
      `${event.event.toUpperCase()}${event.columns.length === 0 ? "" : ` OF ${event.columns.map((name) => nameText(ctx, name)).join(", ")}`}`,
  );
  const lines: Doc[] = [`${head}${nameText(ctx, node.name)}`];
  const on = node.target === undefined ? "" : ` ON ${qualifiedText(ctx, node.target)}`;
  lines.push(`${node.timing === undefined ? "" : `${node.timing.toUpperCase()} `}${events.join(" OR ")}${on}`);
  if (node.each !== undefined) lines.push(`FOR EACH ${node.each.toUpperCase()}`);
  if (node.when !== undefined) lines.push(["WHEN ", ctx.print.expression(ctx, node.when)]);
  if (node.order !== undefined) lines.push(`ORDER ${node.order}`);
  return [indent(join(HARD_LINE, lines)), HARD_LINE, printAsBlock(ctx, node.body)];
}

function printAsBlock(ctx: FormatContext, body: TriggerDeclaration["body"]): Doc {
  if (body === undefined) return "";
  return body.style === "keywords" ? ["AS", HARD_LINE, printOwnBlock(ctx, body)] : printOwnBlock(ctx, body);
}

function printSchedule(ctx: FormatContext, node: ScheduleDeclaration): Doc {
  if (node.config !== undefined)
    return [configHead(ctx, node, "schedule"), " ", ctx.print.config(ctx, node.config, "(", ")")];
  const head = `${VERBS[node.verb]}schedule ${node.ifNotExists ? "if not exists " : ""}`.toUpperCase();
  const cron: Doc = node.cron === undefined ? "" : ["CRON ", ctx.print.expression(ctx, node.cron)];
  return [head, nameText(ctx, node.name), indent([HARD_LINE, cron]), HARD_LINE, printAsBlock(ctx, node.body)];
}
