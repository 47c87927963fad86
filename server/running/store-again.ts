// Stores a pipeline anew from a text that was stored before: an older version of it, or the same text when what it uses has changed.
// The text is checked against the database as it is now; its verb is the one of upsert, whichever it was first stored with.
import { trap } from "../../bytecode/trap.ts";
import { storeFor } from "../security/ask.ts";
import type { SessionCore } from "./core.ts";
import { storeDeclaration } from "./declarations.ts";
import { prepareScript, scriptWorld } from "./execute.ts";

/** Stores it inside the caller's transaction. @throws Trap InvalidRoutine when it no longer fits the database, PermissionDenied; EngineError. */
export function storePipelineAgain(core: SessionCore, name: string, text: string): void {
  const { checked, code } = prepareScript(core, { name: `pipeline ${name}`, text }, []);
  const [item] = checked.module.items;
  const wrong = checked.problems.find(({ severity }) => severity === "error");
  if (code === undefined || item?.statement.kind !== "pipeline")
    throw trap(
      "InvalidRoutine",
      `Pipeline ${name} does not fit the database: ${wrong?.message ?? ""} (${wrong?.code ?? ""})`,
    );
  const declaration = { ...item.statement, verb: "upsert" as const, ifNotExists: false };
  const world = scriptWorld(core, {}, false);
  storeFor(core.runtime, checked, item, declaration, () => storeDeclaration(world, checked, item, declaration));
  world.changed();
}
