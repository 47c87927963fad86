// PREPARE and EXECUTE_PREPARED: a text that was checked once and is kept by the session under a number.
import type { DecodedMessage } from "../../protocol/message-codec.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { numberParameters } from "../library/parameters.ts";
import type { DescribedColumn } from "../running/describe-text.ts";
import { rejection } from "./answer.ts";
import type { RequestPlace } from "./request-place.ts";
import { runText } from "./run-text.ts";

/** Prepared statements of one session; the oldest are forgotten first, and the client prepares them again. */
const PREPARED_MAX = 1000;

/** Checks a text and keeps it. @throws Trap, EngineError. */
export function prepareText({ session, answer }: RequestPlace, text: string): undefined {
  const { source, names } = numberParameters(text);
  const found = session.engine.describeText(source, names);
  if (found.kind === "rejected") {
    answer.error(rejection(found.problems));
    return undefined;
  }
  const id = session.nextStatement;
  session.nextStatement += 1;
  session.prepared.set(id, text);
  for (const oldest of session.prepared.keys()) {
    if (session.prepared.size <= PREPARED_MAX) break;
    session.prepared.delete(oldest);
  }
  answer.put(
    encodeMessage("PREPARED", answer.options(true), {
      statement_id: id,
      parameters: JSON.stringify(found.parameters satisfies readonly DescribedColumn[]),
      columns: JSON.stringify(found.columns satisfies readonly DescribedColumn[]),
      read_only: found.readOnly,
    }),
    true,
  );
  return undefined;
}

/** Runs a prepared statement. @throws Trap NoSuchStatement and others; EngineError. */
export function runPrepared(
  place: RequestPlace,
  { fields, args }: DecodedMessage<"EXECUTE_PREPARED">,
): Promise<void> | undefined {
  const text = place.session.prepared.get(Number(fields.statement_id));
  if (text === undefined) {
    place.answer.error({
      code: "NoSuchStatement",
      message: `There is no prepared statement ${fields.statement_id} in this session.`,
      help: "Prepare it again.",
      retryable: false,
    });
    return undefined;
  }
  return runText(place, { text, args, fields });
}
