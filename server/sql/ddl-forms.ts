// What a DDL statement makes, changes or drops, read from its form.
import type { SqlForm, SqlPart } from "../../base/sql-form.ts";

/** A DDL statement in brief. Names are as written; `schema` is undefined where none is. */
export interface DdlFacts {
  readonly action: "create" | "alter" | "drop";
  readonly object: "table" | "view" | "index" | "trigger";
  readonly temporary: boolean;
  readonly virtual: boolean;
  readonly schema: string | undefined;
  readonly name: string;
  /** The new name of ALTER TABLE … RENAME TO. */
  readonly renamedTo: string | undefined;
}

const HEAD = /^\s*(create|alter|drop)\s+((?:temp|temporary|unique|virtual)\s+)?(table|view|index|trigger)\b/iu;

function nameOf(part: SqlPart | undefined): string | undefined {
  return typeof part === "object" && part.p === "name" ? part.name : undefined;
}

/** The facts of a form; undefined when it is no DDL of such an object. */
export function ddlFacts(form: SqlForm): DdlFacts | undefined {
  const [head, first, dot, second] = form.parts;
  const match = typeof head === "string" ? HEAD.exec(head) : null;
  const firstName = nameOf(first);
  if (match === null || firstName === undefined) return undefined;
  const qualified = dot === "." ? nameOf(second) : undefined;
  return {
    action: match[1]?.toLowerCase() as DdlFacts["action"],
    object: match[3]?.toLowerCase() as DdlFacts["object"],
    temporary: /^temp/iu.test(match[2] ?? "") || firstName.toLowerCase() === "temp",
    virtual: /^virtual/iu.test(match[2] ?? ""),
    schema: qualified === undefined ? undefined : firstName,
    name: qualified ?? firstName,
    renamedTo: renamedTo(form),
  };
}

function renamedTo(form: SqlForm): string | undefined {
  const at = form.parts.findIndex((part) => typeof part === "string" && /\brename\s+to\s*$/iu.test(part));
  return at < 0 ? undefined : nameOf(form.parts[at + 1]);
}
