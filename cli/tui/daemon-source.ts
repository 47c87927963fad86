// The terminal interface on a daemon: a plain client with one session, which subscribes to events. A lost daemon is looked for again until it is there.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { printValue } from "../../base/value/print.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import { textRequest } from "../../protocol/client/requests.ts";
import { run } from "../../protocol/client/run.ts";
import { holdSession, routeOver } from "../../protocol/client/session.ts";
import { changesText } from "../output/results.ts";
import { listingOf } from "./listing.ts";
import type { Answer, Failure, Listing, Source, SourceListener } from "./types.ts";

const TOPICS = ["runs", "tables", "catalog", "lanes", "sessions"] as const;
/** Pauses before a lost daemon is looked for again, in milliseconds; the last one is kept. */
const PAUSES_MS = [200, 400, 800, 1600, 3000];
const VALUES = { int: "auto", timestamp: "micros" } as const;

/** Makes it of a first connection; `open` is asked again when that is lost. */
export function daemonSource(place: string, first: Connection, open: () => Promise<Connection>): Source {
  let connection = first;
  let listener: SourceListener | undefined;
  let closed = false;
  let pause: NodeJS.Timeout | undefined;

  async function subscribe(): Promise<void> {
    const { session } = holdSession(connection, { values: VALUES, onNotice: undefined });
    connection.onClosed = lost;
    await session.subscribe(TOPICS, (topic, data) => listener?.event(topic, data));
  }

  function lost(error: GrizzlyError): void {
    if (closed) return;
    listener?.lost({ code: error.code, message: error.message, help: error.help, lost: true });
    again(0);
  }

  function again(tries: number): void {
    pause = setTimeout(() => void reopen(tries), PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
  }

  async function reopen(tries: number): Promise<void> {
    try {
      const opened = await open();
      if (closed) return opened.close();
      connection = opened;
      await subscribe();
      listener?.back();
    } catch (error) {
      if (!(error instanceof GrizzlyError)) throw error;
      if (!closed) again(tries + 1);
    }
  }

  return {
    kind: "daemon",
    place,
    get user() {
      return connection.greeting.user;
    },
    get catalogEpoch() {
      return connection.catalogEpoch;
    },
    run: (text) => ask(connection, text),
    async act(text) {
      let own: Connection | undefined;
      try {
        own = await open();
        return await ask(own, text);
      } catch (error) {
        return { ok: false, failure: failureOf(error, connection) };
      } finally {
        own?.close();
      }
    },
    async control(action, argument) {
      try {
        const { session } = holdSession(connection, { values: VALUES, onNotice: undefined });
        return { ok: true, data: await session.control(action, argument) };
      } catch (error) {
        return { ok: false, failure: failureOf(error, connection) };
      }
    },
    listen(given) {
      listener = given;
      subscribe().catch((error: unknown) => given.lost(failureOf(error, connection)));
    },
    // The daemon tells.
    look: () => Promise.resolve(),
    close() {
      closed = true;
      clearTimeout(pause);
      connection.close();
    },
  };
}

async function ask(connection: Connection, text: string): Promise<Answer> {
  const lines: string[] = [];
  try {
    const route = routeOver(
      connection,
      (_kind, line) => void lines.push(line),
      () => undefined,
    );
    const results = await run({ route, request: textRequest(text, undefined, undefined) });
    return { ok: true, ...shownOf(results, lines) };
  } catch (error) {
    return { ok: false, failure: failureOf(error, connection) };
  }
}

function failureOf(error: unknown, connection: Connection): Failure {
  if (!(error instanceof GrizzlyError)) throw error;
  const [problem] = error.problems ?? [];
  return {
    code: problem?.code ?? error.code,
    message: problem?.message ?? error.message,
    help: problem?.help ?? error.help,
    lost: !connection.isOpen,
  };
}

function shownOf(
  results: readonly RawResult[],
  printed: readonly string[],
): { readonly listing: Listing | undefined; readonly lines: readonly string[] } {
  let listing: Listing | undefined;
  const lines = [...printed];
  for (const result of results) {
    switch (result.kind) {
      case "table":
        listing = listingOf(
          result.columns.map(({ name }) => name),
          result.columns.map(({ type }) => type),
          result.parts,
        );
        break;
      case "value":
        lines.push(printValue(result.value));
        break;
      case "changes":
        lines.push(changesText(result.verb, result.changes));
        break;
      case "done":
        lines.push(result.text);
        break;
    }
  }
  return { listing, lines };
}
