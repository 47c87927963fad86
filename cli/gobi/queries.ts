// gobi queries: templates that the gateway answers by their number, loaded from files, listed, removed.
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTemplates, type TemplateText } from "../../server/gateway/template-file.ts";
import { listTemplates, removeTemplate, storeTemplate } from "../../server/gateway/template-store.ts";
import { OWN_NAMESPACE } from "../../server/catalog/template-types.ts";
import { tableFromRows } from "../../server/manage/world.ts";
import type { Session } from "../../server/session-types.ts";
import type { CatalogPlace } from "../../server/catalog/schema.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { readSource } from "../files.ts";
import { printResult } from "../output/results.ts";
import { mountNameOf, sessionOn } from "./database.ts";
import { printerFor } from "./options.ts";

/** Loads the templates of files, and of the .sql files of folders. What is wrong is told with its place; the other templates are stored. */
export const queriesLoadCommand: CommandHandler = (context, input) => {
  const read = filesOf(context, input).map((file) => ({ file, ...readTemplates(readSource(context, file).text) }));
  let failed = false;
  for (const { file, faults } of read)
    for (const { line, message } of faults) {
      context.writeError(`${file}:${line}: ${message}\n`);
      failed = true;
    }
  const namespace = namespaceOf(context, input);
  const session = sessionOn(context, input, { readOnly: false });
  try {
    for (const { file, templates } of read)
      for (const template of templates) if (!loadOne(context, { session, file, namespace }, template)) failed = true;
  } finally {
    session.close();
  }
  return failed ? EXIT.failed : EXIT.ok;
};

/** Whose templates: of this database, also by the name of its own mount, or of a mount that has it as its host. */
function namespaceOf(context: CommandContext, input: CommandInput): string {
  const given = textOption(input, "for");
  return given === undefined || given === mountNameOf(context, input) ? OWN_NAMESPACE : given;
}

function filesOf(context: CommandContext, input: CommandInput): readonly string[] {
  return input.arguments.flatMap((given) => {
    const path = resolve(context.cwd, String(given));
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new UsageError(`there is no file or folder ${String(given)}.`);
    if (!found.isDirectory()) return [path];
    const files = readdirSync(path)
      .filter((name) => name.endsWith(".sql"))
      .toSorted();
    if (files.length === 0) throw new UsageError(`${String(given)} holds no .sql files.`);
    return files.map((name) => join(path, name));
  });
}

function loadOne(
  context: CommandContext,
  { session, file, namespace }: { readonly session: Session; readonly file: string; readonly namespace: string },
  template: TemplateText,
): boolean {
  const stored = storeTemplate(session, placeOf(session), template, namespace);
  const what = `query ${stored.id} ${stored.name}${template.dialect === "generic" ? "" : ` for ${template.dialect}`}`;
  if (stored.kind !== "rejected") {
    context.write(
      `${what}: ${stored.kind === "stored" ? "stored as" : "unchanged, still"} version ${stored.version}\n`,
    );
    if (stored.kind === "stored") tellNotices(context, stored.notices);
    return true;
  }
  for (const { code, message, help } of stored.problems)
    context.writeError(`${file}: ${what}: ${code} ${message}${help === undefined ? "" : ` ${help}`}\n`);
  return false;
}

function placeOf({ connection }: Session): CatalogPlace {
  return { connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() };
}

/** Lists all. */
export const queriesListCommand: CommandHandler = (context, input) => {
  const session = sessionOn(context, input, { readOnly: true });
  try {
    const rows = listTemplates(session).map((row) => [
      row.namespace,
      row.id,
      row.name,
      row.version,
      row.lane,
      row.visibility,
      row.params,
      row.reads,
      row.writes,
      row.uses,
      row.lastUsed,
      row.description,
    ]);
    const names = ["for", "id", "name", "version", "lane", "visibility", "parameters", "reads", "writes"];
    const table = tableFromRows([...names, "uses", "last_used", "description"], rows);
    printResult(printerFor(context, input), { kind: "table", table, types: table.columns.map(({ type }) => type) });
    return EXIT.ok;
  } finally {
    session.close();
  }
};

/** Removes one by its number. */
export const queriesRemoveCommand: CommandHandler = (context, input) => {
  const [given] = input.arguments;
  const id = Number(given);
  if (!Number.isSafeInteger(id)) throw new UsageError(`${String(given)} is no number of a query.`);
  const session = sessionOn(context, input, { readOnly: false });
  try {
    const removed = removeTemplate(session, placeOf(session), {
      id,
      namespace: namespaceOf(context, input),
      cascade: flag(input, "cascade"),
    });
    switch (removed.kind) {
      case "removed":
        context.write(`query ${id} removed\n`);
        tellNotices(context, removed.notices);
        return EXIT.ok;
      case "missing":
        context.writeError(`gobi queries remove: there is no query ${id}.\n`);
        return EXIT.failed;
      case "used": {
        const [first, ...others] = removed.pipelines;
        context.writeError(
          `gobi queries remove: query ${id} is used by ${others.length === 0 ? "pipeline" : "pipelines"} ${[first, ...others].join(", ")}. Change ${others.length === 0 ? "it" : "them"} first, or add --cascade: steps with it cannot run then.\n`,
        );
        return EXIT.failed;
      }
    }
  } finally {
    session.close();
  }
};

function tellNotices(context: CommandContext, notices: readonly string[]): void {
  for (const notice of notices) context.writeError(`note: ${notice}\n`);
}
