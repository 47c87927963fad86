// Declarations of types, errors, tests and imports, and the dispatch to routines and automation.
// A doc comment directly before a declaration becomes part of it.
import { InternalError } from "../../base/failure.ts";
import { forNames } from "./build-blocks.ts";
import { buildPipeline, buildSchedule, buildTrigger } from "./build-automation.ts";
import { has, listOf, maybe, nameOf, one, only, rule, spanOf, textOf, type View } from "./build-node.ts";
import { buildRoutine } from "./build-routines.ts";
import { unescapeDouble } from "./build-strings.ts";
import { buildFields } from "./build-types.ts";
import { docBefore } from "./comments.ts";
import type {
  Declaration,
  DeclarationBase,
  EnumDeclaration,
  ErrorDeclaration,
  ImportDeclaration,
  StructDeclaration,
  TestDeclaration,
} from "./tree/declarations.ts";

/** A `Declaration` node, with its doc comment. */
export function buildDeclaration(view: View): Declaration {
  const base = {
    doc: docBefore(view.ctx.text, view.start, view.ctx.origin),
    exported: has(view, "Export"),
    span: spanOf(view),
  };
  const body = only(one(view, "DeclarationBody"));
  switch (rule(body)) {
    case "StructDeclaration":
      return buildStruct(body, base);
    case "EnumDeclaration":
      return buildEnum(body, base);
    case "ErrorDeclaration":
      return buildError(body, base);
    case "RoutineDeclaration":
      return buildRoutine(body, base);
    case "ConfigTrigger":
    case "SqlTrigger":
      return buildTrigger(body, base);
    case "ConfigSchedule":
    case "SqlSchedule":
      return buildSchedule(body, base);
    case "Pipeline":
      return buildPipeline(body, base);
    case "Test":
      return buildTest(body, base);
    case "Import":
      return buildImport(body, base);
    default:
      throw new InternalError(`build: declaration ${rule(body)}`);
  }
}

type Base = Omit<DeclarationBase, "name">;

function buildStruct(view: View, base: Base): StructDeclaration {
  const fields = only(one(view, "StructFields"));
  return {
    ...base,
    kind: "struct",
    name: nameOf(one(only(one(view, "StructHead")), "name")),
    fields: buildFields(maybe(fields, "Fields")),
  };
}

function buildEnum(view: View, base: Base): EnumDeclaration {
  const values = listOf(one(view, "EnumValues"), "EnumValue", "CommaEnumValue").map((value) => ({
    text: unquoted(only(value)),
    span: spanOf(value),
  }));
  return { ...base, kind: "enum", name: nameOf(one(only(one(view, "EnumHead")), "name")), values };
}

function buildError(view: View, base: Base): ErrorDeclaration {
  const parent = maybe(view, "ErrorParent");
  const fields = maybe(view, "ErrorFields");
  return {
    ...base,
    kind: "error",
    name: nameOf(one(view, "name")),
    parent: parent === undefined ? undefined : nameOf(one(parent, "name")),
    fields: fields === undefined ? [] : buildFields(maybe(only(one(fields, "StructFields")), "Fields")),
  };
}

/** The text of a string or name node without its quotes. */
function unquoted(view: View): string {
  const written = textOf(view).trim();
  if (written.startsWith("'")) return written.slice(1, -1).replaceAll("''", "'");
  return written.startsWith('"') ? unescapeDouble(written.slice(1, -1)) : nameOf(view).text;
}

function buildImport(view: View, base: Base): ImportDeclaration {
  const written = only(one(view, "ImportName"));
  if (rule(written) === "name") return { ...base, kind: "import", name: nameOf(written), path: undefined };
  const path = unquoted(written);
  const file = path.slice(path.lastIndexOf("/") + 1);
  return {
    ...base,
    kind: "import",
    name: { text: file.replace(/\.grz$/i, ""), span: spanOf(written), quote: "double" },
    path,
  };
}

function buildTest(view: View, base: Base): TestDeclaration {
  const title = one(view, "CodeString");
  const cases = maybe(view, "TestCases");
  return {
    ...base,
    kind: "test",
    name: { text: unquoted(title), span: spanOf(title), quote: "double" },
    cases:
      cases === undefined
        ? undefined
        : { names: forNames(one(cases, "ForNames")), rows: view.ctx.build.expression(one(cases, "HeaderExpr")) },
    body: view.ctx.build.block(one(view, "Block")),
  };
}
