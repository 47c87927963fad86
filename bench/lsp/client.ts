// The language server in a process of its own, as an editor starts it, for benchmarks: requests, and a wait for the diagnostics of a version.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";

const SERVER = join(resolve(import.meta.dirname, "../.."), "dist/cli/grizzly-lsp.cjs");

/** A running server. */
export interface BenchClient {
  readonly connection: ProtocolConnection;
  readonly child: ChildProcess;
  /** Resolves when diagnostics of this version (or a later one) have come. */
  diagnosed(uri: string, version: number): Promise<void>;
  /** How often diagnostics have come. */
  told(): number;
  /** Resolves when a condition on what has come holds. */
  until(condition: () => boolean): Promise<void>;
  /** Resolves when the progress of reading the workspace has ended. */
  indexed(): Promise<void>;
  /** Processor time of the server so far, in milliseconds. */
  processorMs(): number;
  /** Memory that is in use by the server, in megabytes. */
  residentMb(): number;
  stop(): Promise<void>;
}

/** What is started, with which variables of the environment besides this process's. */
export interface StartOptions {
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a server on a folder: the one that was built last, unless another program is given. */
export async function startServer(
  folder: string,
  { program = SERVER, environment = {} }: StartOptions = {},
): Promise<BenchClient> {
  const child = spawn(process.execPath, [program, "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const versions = new Map<string, number>();
  const waiting = new Set<() => void>();
  let isIndexed = false;
  let told = 0;
  const look = (): void => waiting.forEach((each) => each());
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((done) => {
      const check = (): void => {
        if (!condition()) return;
        waiting.delete(check);
        done();
      };
      waiting.add(check);
      check();
    });
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, version }: { uri: string; version: number }) => {
    versions.set(uri, version);
    told += 1;
    look();
  });
  connection.onNotification("$/progress", ({ value }: { value: { kind: string } }) => {
    if (value.kind === "end") isIndexed = true;
    look();
  });
  connection.onRequest("window/workDoneProgress/create", () => null);
  connection.listen();
  const root = pathToFileURL(folder).href;
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: root,
    capabilities: { window: { workDoneProgress: true } },
  });
  await connection.sendNotification("initialized", {});
  const status = (name: string): string => readFileSync(`/proc/${child.pid ?? 0}/${name}`, "utf8");
  return {
    connection,
    child,
    diagnosed: (uri, version) => until(() => (versions.get(uri) ?? 0) >= version),
    told: () => told,
    until,
    indexed: () => until(() => isIndexed),
    processorMs: () => Number(status("schedstat").split(" ")[0]) / 1e6,
    residentMb: () => Number(/VmRSS:\s+(\d+)/u.exec(status("status"))?.[1] ?? 0) / 1024,
    stop: async () => {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      await ended;
      connection.dispose();
    },
  };
}
