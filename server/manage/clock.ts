// `clock.set(t)` of tests: the clock that programs see stands still at a moment until the test ends.
import { trap } from "../../bytecode/trap.ts";
import { argumentOf, type ManageVerb } from "./world.ts";

/** Sets the clock. @throws Trap PermissionDenied outside of tests. */
export const clockSet: ManageVerb = (world, form, args) => {
  if (!world.insideTest()) throw trap("PermissionDenied", "clock.set works only in tests.");
  world.setClock(argumentOf(form, args, "value") ?? null);
  return null;
};
