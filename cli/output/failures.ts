// Failures of a database or of a daemon outside of any program, as a command reports them: what was tried, the name of the error, its sentence, a way out.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { EngineError } from "../../storage/engine.ts";
import { ENGINE_ERROR_ROWS } from "../../server/sql/engine-errors.ts";
import type { Style } from "./style.ts";

/** A database could not be used. `attempt` says what was tried: "cannot open shop.db". The exit code is 1. */
export class DatabaseFailure extends Error {
  override readonly name = "DatabaseFailure";
  override readonly cause: EngineError;
  constructor(attempt: string, cause: EngineError) {
    super(attempt);
    this.cause = cause;
  }
}

function sentenceOf(style: Style, error: EngineError): string {
  return `${ENGINE_ERROR_ROWS[error.kind].code}: ${error.message}${helpText(style, error.help)}`;
}

/** The way out on a line of its own, when there is one. */
export function helpText(style: Style, help: string | undefined): string {
  return help === undefined ? "" : `\n${style.cyan("help")}: ${help}`;
}

/** The text for a failure of the database, of the daemon or of the system; undefined for other errors. */
export function failureText(style: Style, error: unknown): string | undefined {
  if (error instanceof GrizzlyError) return `${error.code}: ${error.message}${helpText(style, error.help)}`;
  if (error instanceof DatabaseFailure) return `${error.message}: ${sentenceOf(style, error.cause)}`;
  if (error instanceof EngineError) return sentenceOf(style, error);
  // What the system refuses: a file that may not be written, a folder that is a file.
  return error instanceof Error && "syscall" in error ? error.message : undefined;
}
