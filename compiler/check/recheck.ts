// Checks a file again and again while it is being edited.
import type { Module } from "../syntax/tree.ts";
import { check, type Environment } from "./check.ts";
import type { CheckedModule } from "./checked.ts";

/** Checks versions of one file. */
export interface Checker {
  check(module: Module, environment: Environment): CheckedModule;
}

/** A checker that has seen nothing yet. */
export function createChecker(): Checker {
  return { check };
}
