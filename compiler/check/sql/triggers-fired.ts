// Triggers of the same file that a statement fires: their effects and errors become the statement's (LANGUAGE.md 15.22).
// Stored triggers are the server's to add: the catalog view does not hold their bodies.
import type { SqlStatement, TriggerDeclaration } from "../../syntax/tree.ts";
import type { RoutineInfo } from "../checked.ts";
import type { CheckContext } from "../context.ts";

type Event = "insert" | "update" | "delete" | "upsert";

/** The routines of triggers declared in the module that this statement fires. */
export function triggersFired(ctx: CheckContext, statement: SqlStatement): readonly RoutineInfo[] {
  const target = targetName(statement);
  if (target === undefined) return [];
  const events = eventsOf(statement);
  const fired: RoutineInfo[] = [];
  for (const item of ctx.state.module.items) {
    const declaration = item.statement;
    if (
      declaration.kind !== "trigger" ||
      !isOn(declaration, target) ||
      !eventsOfTrigger(declaration).some((event) => events.includes(event))
    )
      continue;
    const routine = ctx.state.routines.get(declaration);
    if (routine !== undefined && routine !== ctx.owner.info) fired.push(routine);
  }
  return fired;
}

function targetName(statement: SqlStatement): string | undefined {
  if (
    statement.kind !== "insert" &&
    statement.kind !== "update" &&
    statement.kind !== "delete" &&
    statement.kind !== "merge"
  )
    return undefined;
  return statement.target.name?.parts.at(-1)?.text.toLowerCase();
}

function eventsOf(statement: SqlStatement): readonly Event[] {
  switch (statement.kind) {
    case "insert": {
      const updates =
        statement.verb === "upsert" || statement.conflicts.some((conflict) => conflict.action === "update");
      const replaces = statement.verb === "replace" || statement.or === "replace";
      return [
        "insert",
        ...(updates ? (["update", "upsert"] as const) : []),
        ...(replaces ? (["delete"] as const) : []),
      ];
    }
    case "update":
      return ["update"];
    case "delete":
      return ["delete"];
    case "merge":
      return [
        "upsert",
        ...statement.branches.flatMap((branch): Event[] => (branch.action === "nothing" ? [] : [branch.action])),
      ];
    default:
      return [];
  }
}

function isOn(declaration: TriggerDeclaration, target: string): boolean {
  const written = declaration.target?.parts.at(-1)?.text ?? textOfEntry(declaration, "target");
  return written?.toLowerCase() === target;
}

function eventsOfTrigger(declaration: TriggerDeclaration): readonly Event[] {
  if (declaration.events.length > 0) return declaration.events.map(({ event }) => event);
  const written = (textOfEntry(declaration, "event") ?? "")
    .toLowerCase()
    .split("|")
    .map((word) => word.trim());
  return (["insert", "update", "delete", "upsert"] as const).filter((event) => written.includes(event));
}

/** The text of a configuration entry written as a string or a bare word. */
function textOfEntry(declaration: TriggerDeclaration, key: string): string | undefined {
  const value = declaration.config?.entries.find((entry) => entry.key.text.toLowerCase() === key)?.value;
  if (value === undefined || !("kind" in value)) return undefined;
  if (value.kind === "string") return value.value;
  return value.kind === "name" ? value.name.text : undefined;
}
