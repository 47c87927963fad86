// A gateway on a daemon of its own, asked without a port of TCP.
import type { Hono } from "hono";
import { InternalError } from "../../base/failure.ts";
import { makeApp } from "../../server/gateway/app.ts";
import { type AnswerCache, makeAnswerCache } from "../../server/gateway/answer-cache.ts";
import { watchTables } from "../../server/gateway/data-version.ts";
import type { TemplateReport } from "../../server/gateway/messages.ts";
import { makeCallers } from "../../server/gateway/callers.ts";
import { readTemplates } from "../../server/gateway/template-file.ts";
import { storeTemplate } from "../../server/gateway/template-store.ts";
import { makeTemplates, type Templates } from "../../server/gateway/templates.ts";
import { OWN_NAMESPACE } from "../../server/catalog/template-types.ts";
import type { Callers, GatewaySettings } from "../../server/gateway/types.ts";
import { commitJournalPath } from "../../server/daemon/place.ts";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

export interface TestGateway {
  readonly app: Hono;
  readonly daemon: TestDaemon;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Texts that the daemon was asked to run for the owner. */
  readonly asked: number;
  readonly answers: AnswerCache;
  readonly templates: Templates;
  /** What the templates told. */
  readonly reports: readonly TemplateReport[];
  /** Runs a text on the database, beside the daemon. */
  run(text: string): void;
  /** Rows of a query, asked by the owner of the mount. */
  rows(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A new token of a user. */
  token(user: string): string;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly json: Record<string, never>;
  readonly text: string;
  readonly headers: Headers;
}

/** Starts both. `queries` is a file of templates. */
export async function startGateway(
  options: {
    readonly script?: string;
    readonly queries?: string;
    readonly settings?: Partial<GatewaySettings>;
    /** A daemon that runs already, and goes on when the gateway stops. */
    readonly daemon?: TestDaemon;
  } = {},
): Promise<TestGateway> {
  // Lanes note their commits for a gateway that keeps answers.
  const sets = ["gateway.listen=127.0.0.1:0"];
  const daemon =
    options.daemon ??
    (await startTestDaemon({ sets, ...(options.script === undefined ? {} : { script: options.script }) }));
  const settings: GatewaySettings = {
    database: "shop",
    socket: daemon.place.socket,
    host: "127.0.0.1",
    port: 0,
    bodyBytesMax: 1_000_000,
    rowsMax: 100_000,
    queriesMax: 10,
    rate: 0,
    databaseFile: daemon.place.database,
    commitJournal: commitJournalPath(daemon.place),
    bootstrap: undefined,
    hostFolder: undefined,
    cacheBytesMax: 1_000_000,
    migrationStatus: "completed",
    deadlineMs: 30_000,
    deadlineMaxMs: 60_000,
    ...options.settings,
  };
  const run = (text: string): string => {
    const results: string[] = [];
    const session = openSession({ engine: sqliteEngine, database: daemon.place.database, output: silent });
    try {
      const outcome = session.execute(
        { name: "test.grz", text },
        { onResult: (event) => results.push(JSON.stringify(event.result)) },
      );
      if (outcome.kind !== "completed") throw new InternalError(JSON.stringify(outcome));
      return results.join("\n");
    } finally {
      session.close();
    }
  };
  if (options.queries !== undefined) loadQueries(daemon, options.queries);
  const plain = makeCallers(settings.socket);
  let asked = 0;
  const callers: Callers = {
    ...plain,
    owner: async () => {
      const owner = await plain.owner();
      return {
        ...owner,
        run: (...args) => {
          asked += 1;
          return owner.run(...args);
        },
      };
    },
  };
  const host = settings.hostFolder === undefined ? undefined : makeCallers(settings.hostFolder, { reconnectMax: 0 });
  const reports: TemplateReport[] = [];
  const watched = watchTables(settings.databaseFile, settings.commitJournal);
  const templates = makeTemplates({
    settings,
    version: watched.version,
    owner: () => callers.owner(),
    host: host === undefined ? undefined : () => host.owner(),
    monotonicMs: () => performance.now(),
    nowMs: () => Date.now(),
    keepsAnswers: () => undefined,
    tell: (report) => void reports.push(report),
  });
  const answers = makeAnswerCache({
    version: watched.version,
    bytesMax: settings.cacheBytesMax,
    monotonicMs: () => performance.now(),
  });
  const world = { settings, callers, templates, answers: () => Promise.resolve(answers), version: "test" };
  const app = makeApp(world, {
    addressOf: () => "127.0.0.1",
    monotonicMs: () => performance.now(),
    onBug: (error) => {
      throw error;
    },
  });
  const answer = async (response: Response | Promise<Response>): Promise<Answer> => {
    const given = await response;
    const text = await given.text();
    const isJson = (given.headers.get("content-type") ?? "").startsWith("application/json");
    return {
      status: given.status,
      text,
      json: (isJson ? JSON.parse(text) : {}) as Record<string, never>,
      headers: given.headers,
    };
  };
  return {
    app,
    daemon,
    run: (text) => void run(text),
    rows: async (text) => await (await callers.owner()).session((session) => session.query(text)),
    token: (user) =>
      /gbz_[\w-]+/u.exec(run(`CREATE TOKEN t${Date.now()}_${user} FOR ${user} EXPIRES NEVER`))?.[0] ?? "none",
    get: (path, headers = {}) => answer(app.request(path, { headers })),
    send: (method, path, body, headers = {}) =>
      answer(
        app.request(path, {
          method,
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      ),
    get asked() {
      return asked;
    },
    answers,
    templates,
    reports,
    stop: async () => {
      templates.close();
      watched.close();
      await host?.close();
      await callers.close();
      if (options.daemon === undefined) await daemon.stop();
    },
  };
}

const silent = { print: () => undefined, log: () => undefined, notice: () => undefined };

/** Loads templates. @throws InternalError when one is refused. */
export function loadQueries(daemon: TestDaemon, text: string, options: { readonly namespace?: string } = {}): void {
  const { templates, faults } = readTemplates(text);
  if (faults.length > 0) throw new InternalError(JSON.stringify(faults));
  const session = openSession({ engine: sqliteEngine, database: daemon.place.database, output: silent });
  try {
    const place = {
      connection: session.connection,
      nowMicros: () => Date.now() * 1000,
      elapsedMs: () => performance.now(),
    };
    for (const template of templates) {
      const stored = storeTemplate(session, place, template, options.namespace ?? OWN_NAMESPACE);
      if (stored.kind === "rejected") throw new InternalError(JSON.stringify(stored.problems));
    }
  } finally {
    session.close();
  }
}
