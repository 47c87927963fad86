// A session of its own: one connection for as long as the work lasts. When the connection is lost its state is gone, so nothing is repeated.
import type { ValueOptions } from "../../base/library/js-values.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { toJs } from "../../base/library/js-values.ts";
import type { Id } from "../frame.ts";
import type { MessageFields } from "../message-codec.ts";
import { type NoticeListener, plainOwner, type RawResult, ReplyAnswer, ResultsAnswer } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { connectionClosed, jsonOfAnswer } from "./failures.ts";
import { makeQueryable } from "./queryable.ts";
import type { Route } from "./run.ts";
import type { RemoteSession } from "./types.ts";

/** The way to one connection, whose state would be missing on another. `check` throws when it may not be used. */
export function routeOver(connection: Connection, onNotice: NoticeListener | undefined, check: () => void): Route {
  return {
    take: () => {
      check();
      return connection;
    },
    // Never waited for: `take` always gives it.
    wait: () => Promise.resolve(connection),
    give: () => undefined,
    isShared: false,
    repeatsMax: 0,
    onNotice,
  };
}

/** A session with the end of its time. */
export interface HeldSession {
  readonly session: RemoteSession;
  /** From now on everything is refused. */
  end(): void;
}

/** Makes a session of a connection that is used for nothing else meanwhile. */
export function holdSession(
  connection: Connection,
  settings: { readonly values: ValueOptions; readonly onNotice: NoticeListener | undefined },
): HeldSession {
  let ended = false;
  const refuseEnded = (): void => {
    if (ended)
      throw new GrizzlyError("SessionEnded", "The session has ended; use it only within the work it was given to.");
    if (!connection.isOpen) throw connectionClosed(connection.farewell);
  };
  const route = routeOver(connection, settings.onNotice, refuseEnded);
  const session: RemoteSession = {
    ...makeQueryable(route, settings.values),
    sessionId: BigInt(connection.greeting.sessionId),
    lane: connection.greeting.lane,
    user: connection.greeting.user,
    get catalogEpoch() {
      return connection.catalogEpoch;
    },
    async control(action, argument) {
      refuseEnded();
      const fields = { action, argument: argument === undefined ? undefined : JSON.stringify(argument) };
      return await askJson(connection, "SERVICE_CONTROL", fields, settings.onNotice);
    },
    async describe(what, name) {
      refuseEnded();
      return await askJson(connection, "DESCRIBE", { what, name }, settings.onNotice);
    },
    async subscribe(topics, onEvent) {
      refuseEnded();
      connection.onEvent = onEvent;
      await new Promise<unknown>((resolve, reject) => {
        const answer = new ReplyAnswer("DONE", plainOwner<unknown>(resolve, reject));
        connection.send("SUBSCRIBE", { topics: topics.join(",") }, answer);
      });
    },
    async close() {
      ended = true;
      connection.close();
    },
  };
  return {
    session,
    end: () => {
      ended = true;
      connection.onEvent = undefined;
    },
  };
}

/** Asks for a VALUE that holds JSON. @throws GrizzlyError. */
async function askJson<Name extends "SERVICE_CONTROL" | "DESCRIBE">(
  connection: Connection,
  name: Name,
  fields: MessageFields<Name>,
  onNotice: NoticeListener | undefined,
): Promise<unknown> {
  const results = await new Promise<readonly RawResult[]>((resolve, reject) => {
    const allow = (messageId: Id, bytes: number): void => connection.allow(messageId, bytes);
    connection.send(name, fields, new ResultsAnswer({ ...plainOwner(resolve, reject, onNotice), allow }));
  });
  const last = results.at(-1);
  if (last?.kind !== "value") return undefined;
  // A text that the daemon did not mark as JSON is JSON all the same: both messages say so.
  return typeof last.value === "string"
    ? jsonOfAnswer(last.value)
    : toJs(last.value, { int: "auto", timestamp: "date" });
}
