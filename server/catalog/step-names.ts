// Names of the routines that the SQL of pipeline steps is stored as. No name that a program writes without quotes looks so.

const PREFIX = "pipeline ";

/** Begins the names of the bodies of a pipeline, and of no other pipeline. */
export function prefixOfPipeline(pipeline: string): string {
  return `${PREFIX}${escaped(pipeline)}: `;
}

/** The name of the routine of a step's SQL. */
export function bodyOfStep(pipeline: string, step: string): string {
  return `${prefixOfPipeline(pipeline)}${escaped(step)}`;
}

/** True for the routine that a step's SQL was stored as; lists of procedures leave it out. */
export function isStepBody(routineName: string): boolean {
  return routineName.startsWith(PREFIX) && routineName.includes(": ");
}

/** Dots and signs of versions would be read as parts of a reference, backticks as the end of the name; two names never become one. */
function escaped(name: string): string {
  return name.replaceAll(/[.@`:%]/gu, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
