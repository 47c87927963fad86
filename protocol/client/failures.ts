// What goes wrong on the way to a daemon and back, as GrizzlyErrors: the daemon's own errors with their diagnostics, lost connections, daemons that are not there.
import { DIAGNOSTICS, type DiagnosticName } from "../../base/diagnostics/diagnostics.ts";
import { GrizzlyError, type JsValue } from "../../base/library/grizzly-error.ts";
import type { Problem } from "../../base/problem.ts";
import type { SentProblem, SentSpan } from "../sent-problem.ts";
import type { StackFrame } from "../../base/value/value.ts";

/** Fields of an ERROR message. */
interface ErrorFields {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly help?: string | undefined;
  readonly detail?: string | undefined;
  readonly problems?: string | undefined;
  readonly stack?: string | undefined;
}

const NAMES_BY_CODE: ReadonlyMap<string, DiagnosticName> = new Map(
  (Object.keys(DIAGNOSTICS) as DiagnosticName[]).map((name) => [DIAGNOSTICS[name].code, name]),
);

function problemOf({ code, severity, start, end, message, help, related, fixes }: SentProblem): Problem {
  // A newer daemon may know diagnostics that this client does not: they keep their code as name.
  const name = NAMES_BY_CODE.get(code) ?? (code as DiagnosticName);
  const at = ({ start: from, end: to }: SentSpan): Problem["span"] => ({ start: from, end: to });
  return {
    name,
    code,
    severity,
    span: { start, end },
    message,
    ...(help === undefined ? {} : { help }),
    ...(related === undefined ? {} : { related: related.map((each) => ({ span: at(each), label: each.label })) }),
    ...(fixes === undefined
      ? {}
      : {
          fixes: fixes.map(({ title, edits }) => ({
            title,
            edits: edits.map((edit) => ({ span: at(edit), text: edit.text })),
          })),
        }),
  };
}

/** The problem that a NOTICE carries. @throws GrizzlyError `ProtocolError`. */
export function problemOfNotice(text: string | undefined): Problem | undefined {
  const sent = parsed<SentProblem>(text);
  return sent === undefined ? undefined : problemOf(sent);
}

/** JSON that the daemon sent. @throws GrizzlyError `ProtocolError`. */
export function jsonOfAnswer<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw notUnderstood("a field should hold JSON.", error);
  }
}

function parsed<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : jsonOfAnswer<T>(text);
}

/** The error that a daemon answered. */
export function errorOfAnswer(fields: ErrorFields): GrizzlyError {
  const problems = parsed<readonly SentProblem[]>(fields.problems);
  const frames = parsed<readonly StackFrame[]>(fields.stack);
  return new GrizzlyError(fields.code, fields.message, {
    detail: parsed<JsValue>(fields.detail) ?? null,
    help: fields.help,
    retryable: fields.retryable,
    ...(problems === undefined ? {} : { problems: problems.map(problemOf) }),
    ...(frames === undefined ? {} : { frames }),
  });
}

/** Why a connection ended, as the daemon said it in GOODBYE, or undefined when it just broke. */
export interface Farewell {
  readonly code: string;
  readonly message: string;
}

/** The connection is gone and an answer is missing. */
export function connectionLost(farewell: Farewell | undefined, cause?: unknown): GrizzlyError {
  const why = farewell === undefined ? "The connection to the daemon was lost" : farewell.message.replace(/\.$/u, "");
  return new GrizzlyError(
    "ConnectionLost",
    `${why} before the answer came; whether the request was carried out is not known.`,
    {
      cause,
      help: "Look whether it was done before you send it again. Requests with an idempotencyKey are sent again by themselves and done once.",
    },
  );
}

/** The connection is gone and nothing was asked on it. */
export function connectionClosed(farewell: Farewell | undefined): GrizzlyError {
  return new GrizzlyError("ConnectionLost", farewell?.message ?? "The connection to the daemon is closed.", {
    retryable: true,
  });
}

/** Nobody answers where a daemon should be. Nothing was sent. */
export function daemonUnreachable(place: string, cause: unknown): GrizzlyError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "EACCES" || code === "EPERM")
    return new GrizzlyError("PermissionDenied", `The daemon at ${place} belongs to another user.`, {
      cause,
      help: "Ask its owner for an address (gobi://host:port) and a token.",
    });
  const reason = code === undefined ? "" : ` (${code})`;
  return new GrizzlyError("ServiceUnavailable", `No daemon answers at ${place}${reason}.`, {
    cause,
    retryable: true,
    help: "Start one with `gobi mount <folder>`; `gobi daemon list` shows those that run.",
  });
}

/** The daemon said something that this client does not understand. The connection is given up. */
export function notUnderstood(what: string, cause?: unknown): GrizzlyError {
  return new GrizzlyError("ProtocolError", `The daemon's answer could not be read: ${what}`, { cause });
}

/** A text without a session of its own has begun a transaction and not ended it: nobody can go on with it, and it was undone. */
export function transactionLeft(): GrizzlyError {
  return new GrizzlyError("TransactionState", "The text left a transaction open; what it did in it was undone.", {
    help: "End it with COMMIT, or use transaction() or session().",
  });
}
