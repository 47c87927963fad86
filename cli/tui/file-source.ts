// The terminal interface on a database file, without a daemon: a session in this process. Others' commits are seen by the data version of the connection.
import type { Session, StatementResult } from "../../server/session-types.ts";
import { changesText } from "../output/results.ts";
import { printValue } from "../../base/value/print.ts";
import { listingOf, NO_DAEMON } from "./listing.ts";
import type { Answer, Listing, Source, SourceListener } from "./types.ts";

/** What programs of the session print while a statement runs. */
export interface PrintedLines {
  take(): readonly string[];
}

/** Makes it; closes the session with itself. */
export function fileSource(place: string, session: Session, printed: PrintedLines): Source {
  let listener: SourceListener | undefined;
  let version: string | undefined;
  const dataVersion = (): string | undefined => {
    const answer = runOn(session, printed, "PRAGMA data_version");
    return answer.ok ? (answer.listing?.rows[0]?.[0] ?? undefined) : undefined;
  };
  return {
    kind: "file",
    place,
    user: undefined,
    catalogEpoch: undefined,
    run: (text) => Promise.resolve(runOn(session, printed, text)),
    act: (text) => Promise.resolve(runOn(session, printed, text)),
    control: () => Promise.resolve({ ok: false, failure: NO_DAEMON }),
    listen: (given) => {
      listener = given;
      version = dataVersion();
    },
    look: () => {
      const now = dataVersion();
      if (now !== version) listener?.event("tables", {});
      version = now;
      return Promise.resolve();
    },
    close: () => session.close(),
  };
}

function runOn(session: Session, printed: PrintedLines, text: string): Answer {
  let listing: Listing | undefined;
  const said: string[] = [];
  const outcome = session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind === "table") listing = listingOf(result.table.shape.fields, result.types, [result.table]);
      else said.push(sentenceOf(result));
    },
  });
  const lines = [...printed.take(), ...said];
  if (outcome.kind === "completed") return { ok: true, listing, lines };
  const { code, message, help } =
    outcome.kind === "failed"
      ? { code: outcome.error.code, message: outcome.error.message, help: undefined }
      : { code: "CheckFailed", message: "The statement has errors.", help: undefined, ...outcome.problems[0] };
  return { ok: false, failure: { code, message, help, lost: false } };
}

function sentenceOf(result: Exclude<StatementResult, { kind: "table" }>): string {
  switch (result.kind) {
    case "value":
      return printValue(result.value);
    case "changes":
      return changesText(result.verb, result.changes);
    case "done":
      return result.text;
  }
}
