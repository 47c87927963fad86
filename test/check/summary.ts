// Everything that a check found, as plain data: to compare two checks of the same text.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { showType } from "../../compiler/types/show.ts";

/** Problems, and the types, meanings and effects of all items in order. */
export function summary(checked: CheckedModule): unknown {
  const facts: unknown[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const type = checked.types.get(node as never);
    const meaning = checked.names.get(node);
    if (type !== undefined) facts.push(showType(type));
    if (meaning !== undefined) facts.push([meaning.kind, meaning.kind === "routine" ? meaning.routine.name : ""]);
    facts.push(checked.calls.get(node as never)?.kind, checked.blockEffects.get(node as never));
    for (const [key, part] of Object.entries(node)) if (key !== "span") visit(part);
  };
  for (const item of checked.module.items) {
    visit(item.statement);
    const routine = checked.routines.get(item.statement as never);
    facts.push(checked.effects.get(item), checked.broken.has(item), routine?.effects, routine?.raises);
    if (routine !== undefined)
      facts.push(
        showType(routine.result),
        routine.parameters.map((parameter) => showType(parameter.type)),
        routine.item === undefined || routine.item === item,
      );
  }
  return { problems: checked.problems, facts };
}
