// Pipelines follow the query templates that their steps name: when one has changed, or is gone, they are stored anew as they are written.
import { Trap } from "../../bytecode/trap.ts";
import { pipelinesWithTemplate } from "../catalog/pipeline-texts.ts";
import { readPipeline } from "../catalog/pipelines.ts";
import type { SessionCore } from "./core.ts";
import { storePipelineAgain } from "./store-again.ts";

/** A query template that has changed. */
export interface ChangedTemplate {
  readonly id: number;
  /** Its name, and the one that it had before. */
  readonly names: readonly string[];
}

/** Gives what the user should know: pipelines that the template no longer fits go on with it as it was, those that lost it cannot run that step. @throws EngineError. */
export function followTemplate(core: SessionCore, template: ChangedTemplate): readonly string[] {
  core.begin();
  core.changed("catalog");
  const { connection } = core.runtime;
  return pipelinesWithTemplate(connection, template).flatMap(({ name, source }) => {
    try {
      core.runtime.outermost({ access: "write", keepJobs: false }, () => storePipelineAgain(core, name, source));
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      return [`${error.value.message} It goes on with the template as it was.`];
    }
    const lost = readPipeline(connection, name)?.steps.filter(({ missing }) => missing !== undefined) ?? [];
    return lost.map((step) => `Step ${step.name} of pipeline ${name} cannot run: ${step.missing ?? ""}`);
  });
}
