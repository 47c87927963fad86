// Prepared statements: checked once, prepared on each connection of a pool when it first runs there, and again where the daemon has forgotten it.
import type { ValueOptions } from "../../base/library/js-values.ts";
import type { Connection } from "./connection.ts";
import { preparedRequest } from "./requests.ts";
import { closePrepared, type PreparedOn, prepareText, type Route, run } from "./run.ts";
import type { RemoteStatement } from "./types.ts";
import { changesOf, rowsOfLast } from "./values.ts";

/** Prepares a text. @throws GrizzlyError `CheckFailed` with problems, and what connecting throws. */
export async function prepareStatement(route: Route, text: string, values: ValueOptions): Promise<RemoteStatement> {
  const ids = new Map<Connection, number>();
  let isClosed = false;
  const statement: PreparedOn = {
    idOn: (connection) => ids.get(connection),
    async prepareOn(connection) {
      const prepared = await prepareText(connection, text);
      forgetClosed();
      ids.set(connection, prepared.statementId);
      return prepared.statementId;
    },
    forget: (connection) => void ids.delete(connection),
  };

  /** A lost connection must not be kept in memory by its number. */
  function forgetClosed(): void {
    for (const connection of ids.keys()) if (!connection.isOpen) ids.delete(connection);
  }

  const first = route.take() ?? (await route.wait(undefined));
  let described: Awaited<ReturnType<typeof prepareText>>;
  try {
    described = await prepareText(first, text);
    ids.set(first, described.statementId);
  } finally {
    route.give(first);
  }
  const { parameters, columns, readOnly } = described;
  return {
    parameters,
    columns,
    readOnly,
    all: async (params, options) =>
      rowsOfLast(await run({ route, request: preparedRequest(0, text, params, options), statement }), values),
    run: async (params, options) =>
      changesOf(await run({ route, request: preparedRequest(0, text, params, options), statement })),
    async close() {
      if (isClosed) return;
      isClosed = true;
      const open = [...ids].filter(([connection]) => connection.isOpen);
      ids.clear();
      await Promise.all(open.map(async ([connection, id]) => await closePrepared(connection, id)));
    },
  };
}
