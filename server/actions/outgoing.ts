// The one way out to other systems: an HTTP POST to an address that was looked at, with a time limit, without following redirects, reading a bounded answer.
// Secrets (`${env.X}`) are put in at the last moment and appear in no result and no error.
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import {
  type AllowedHosts,
  openAddress,
  type ResolvedAddress,
  type Resolver,
  systemResolver,
  writtenHost,
} from "./addresses.ts";
import { insideJson, longestSecret, namedSecrets, type Secrets, withoutSecrets, withSecrets } from "./secrets.ts";

/** What is sent. Texts may hold `${env.X}`; the body is JSON, the time holds for everything from the question for the address to the answer. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** What came back: an answer of any status, or why there is none. */
export type OutgoingResult =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The first bytes of the answer, as text. */
      readonly body: string;
      readonly retryAfter: string | undefined;
    }
  /** `final`: trying again cannot help. */
  | { readonly kind: "failed"; readonly reason: string; readonly final: boolean };

/** Sends requests. */
export interface OutgoingPort {
  post(request: OutgoingRequest): Promise<OutgoingResult>;
}

/** How the port is made. */
export interface OutgoingOptions {
  readonly allowed: AllowedHosts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly resolver?: Resolver;
}

/** Bytes of an answer that are kept. */
const ANSWER_BYTES_MAX = 2048;

const failed = (reason: string, final: boolean): OutgoingResult => ({ kind: "failed", reason, final });

/** A port to the network of this machine. */
export function makeOutgoing(options: OutgoingOptions): OutgoingPort {
  return { post: (request) => post(options, request) };
}

async function post(options: OutgoingOptions, request: OutgoingRequest): Promise<OutgoingResult> {
  const named = namedSecrets([request.url, request.body, ...Object.values(request.headers)], options.environment);
  if ("missing" in named) return failed(`the environment has no variable ${named.missing}`, true);
  const { secrets } = named;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), request.timeoutMs);
  try {
    const result = await attempt(options, request, secrets, stop.signal);
    // Reasons are words of ours, codes, and hosts as they are written: nothing to take out, and a secret of one letter does not spoil them.
    if (result.kind === "failed") return result;
    const { retryAfter } = result;
    return {
      ...result,
      body: withoutSecrets(result.body, secrets, ANSWER_BYTES_MAX),
      retryAfter: retryAfter === undefined ? undefined : withoutSecrets(retryAfter, secrets),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Looks at the address, then sends. `late` is aborted when the time is over. */
async function attempt(
  options: OutgoingOptions,
  request: OutgoingRequest,
  secrets: Secrets,
  late: AbortSignal,
): Promise<OutgoingResult> {
  let url: URL;
  try {
    url = new URL(withSecrets(request.url, secrets));
  } catch {
    return failed(`the URL (host ${writtenHost(request.url)}) is no address`, true);
  }
  // A URL with secrets is told as it is written: what it is taken for may hold parts of them.
  const shown = request.url.includes("${env.") ? writtenHost(request.url) : undefined;
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return failed(`${shown === undefined ? url.protocol.slice(0, -1) : "the URL"} is not http or https`, true);
  const decision = await Promise.race([
    openAddress(url.hostname, options.allowed, options.resolver ?? systemResolver, shown),
    aborted(late),
  ]);
  if (decision === undefined || late.aborted) return tooLate(request);
  if (decision.kind === "refused") return failed(decision.reason, decision.final);
  return await send(url, decision.addresses, request, secrets, late);
}

function tooLate({ timeoutMs }: OutgoingRequest): OutgoingResult {
  return failed(`no answer within ${timeoutMs} ms`, false);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}

/** What the request is made of: its connection may go to the addresses that were looked at, and to no other. */
function requestOptions(
  addresses: readonly ResolvedAddress[],
  { headers }: OutgoingRequest,
  secrets: Secrets,
  body: string,
): RequestOptions {
  const lookup: LookupFunction = (_host, lookupOptions, callback) => {
    const [first] = addresses;
    if (lookupOptions.all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
  return {
    method: "POST",
    lookup,
    headers: {
      "content-type": "application/json",
      "user-agent": "pl-grizzly",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withSecrets(value, secrets)])),
      "content-length": Buffer.byteLength(body),
    },
    // A connection of its own: nothing of one request is left for the next.
    agent: false,
  };
}

function send(
  url: URL,
  addresses: readonly ResolvedAddress[],
  request: OutgoingRequest,
  secrets: Secrets,
  late: AbortSignal,
): Promise<OutgoingResult> {
  return new Promise((resolve) => {
    let outgoing: ClientRequest | undefined;
    let finishAnswer: (() => void) | undefined;
    const end = (result: OutgoingResult): void => {
      resolve(result);
      outgoing?.destroy();
    };
    late.addEventListener(
      "abort",
      () => {
        finishAnswer?.();
        end(tooLate(request));
      },
      { once: true },
    );
    const body = withSecrets(request.body, secrets, insideJson);
    const make = url.protocol === "https:" ? httpsRequest : httpRequest;
    try {
      outgoing = make(url, requestOptions(addresses, request, secrets, body));
      outgoing.on("response", (answer) => {
        finishAnswer = readAnswer(answer, ANSWER_BYTES_MAX + longestSecret(secrets), end);
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) =>
        end(failed(`no connection (${error.code ?? "failed"})`, false)),
      );
      // Without an answer and without an error: `101 Switching Protocols` ends so.
      outgoing.on("close", () => {
        if (finishAnswer === undefined) end(failed("the connection was closed without an answer", false));
      });
      outgoing.end(body);
    } catch {
      // Node refuses characters that would break the request in two; its message may hold the value.
      end(failed("a header cannot be sent", true));
    }
  });
}

/** Reads the first bytes; an answer that never ends is cut, one that breaks off counts with what came. Gives what ends the reading. */
function readAnswer(answer: IncomingMessage, bytesMax: number, end: (result: OutgoingResult) => void): () => void {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (): void =>
    end({
      kind: "answered",
      status: answer.statusCode ?? 0,
      body: Buffer.concat(chunks).subarray(0, bytesMax).toString("utf8"),
      retryAfter: answer.headers["retry-after"],
    });
  answer.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytesMax) finish();
  });
  answer.on("end", finish);
  answer.on("error", finish);
  answer.on("close", finish);
  return finish;
}
