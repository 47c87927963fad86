// Kinds of constraints as data (system.constraint_types): the built-in ones have fixed numbers, a program that embeds the scheduler may register its own.
// A number is never given to another kind; a kind that is out of use stays readable and cannot be bound anew.
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { storedTable } from "./schema.ts";

/** Numbers below are ours. */
export const OWN_TYPES_FROM = 100;

/** A registered kind. */
export interface ConstraintType {
  readonly id: number;
  readonly name: string;
  readonly deprecated: boolean;
}

const TYPES = storedTable("constraint_types");

function typesWhere(connection: Connection, condition: string, value: string | number): ConstraintType | undefined {
  const [row] = readRows(connection, `SELECT id, name, CAST(deprecated AS INTEGER) FROM ${TYPES} WHERE ${condition}`, [
    value,
  ]);
  return row === undefined
    ? undefined
    : { id: numberOf(row[0]), name: textOf(row[1]), deprecated: numberOf(row[2]) === 1 };
}

/** The kind of a name, in any case. The catalog must exist. @throws EngineError. */
export function constraintTypeNamed(connection: Connection, name: string): ConstraintType | undefined {
  return typesWhere(connection, "name = ? COLLATE NOCASE", name);
}

/** Registers a kind; again is a no-op. Inside the caller's transaction. @throws Trap WrongSetting, AlreadyExists; EngineError. */
export function registerConstraintType(
  connection: Connection,
  type: { readonly id: number; readonly name: string },
): void {
  if (!Number.isSafeInteger(type.id) || type.id < OWN_TYPES_FROM)
    throw trap("WrongSetting", `Constraint ${type.name} needs a number from ${OWN_TYPES_FROM} on, not ${type.id}.`);
  const byId = typesWhere(connection, "id = ?", type.id);
  const byName = constraintTypeNamed(connection, type.name);
  const taken = [byId, byName].find(
    (found) => found !== undefined && (found.id !== type.id || found.name !== type.name),
  );
  if (taken !== undefined)
    throw trap(
      "AlreadyExists",
      `Constraint ${type.name} cannot have the number ${type.id}: ${taken.name} is number ${taken.id}.`,
    );
  if (byId === undefined)
    insertRow(connection, TYPES, { id: type.id, name: type.name, phase: "pre", deprecated: false });
}

/** Takes a registered kind out of use: what has it keeps it, nothing new gets it. @throws Trap NoSuchObject; EngineError. */
export function deprecateConstraintType(connection: Connection, name: string): void {
  const type = constraintTypeNamed(connection, name);
  if (type === undefined || type.id < OWN_TYPES_FROM)
    throw trap("NoSuchObject", `There is no registered constraint named ${name}.`);
  writeRows(connection, `UPDATE ${TYPES} SET deprecated = 1 WHERE id = ?`, [type.id]);
}

/** The number of a kind that a schedule names. `bound`: kinds that the schedule had before. @throws Trap NoSuchObject. */
export function bindableType(connection: Connection, name: string, bound: ReadonlySet<number>): number {
  const type = constraintTypeNamed(connection, name);
  if (type === undefined || type.id < OWN_TYPES_FROM)
    throw trap(
      "NoSuchObject",
      `There is no registered constraint named ${name}; system.constraint_types has them all.`,
    );
  if (type.deprecated && !bound.has(type.id))
    throw trap("NoSuchObject", `Constraint ${name} is out of use and cannot be given to another schedule.`);
  return type.id;
}
