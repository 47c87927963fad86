// What to say when a file of a mounted folder cannot be read. Nothing that a daemon leaves: a hand must look at it, so that nobody's files are taken away.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** `what`: the file in words, "pid file". */
export function unreadableFile(what: string, path: string, cause: unknown): GrizzlyError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EISDIR")
    return new GrizzlyError("WrongPlace", `There is a folder where the ${what} ${path} belongs.`, {
      help: "Move it away; no daemon puts one there.",
      cause,
    });
  const why = code === "EACCES" || code === "EPERM" ? "it belongs to another user" : String(code);
  return new GrizzlyError("WrongPlace", `The ${what} ${path} cannot be read: ${why}.`, { cause });
}
