// The one way out to other systems: an HTTP POST to an address that was looked at, with a time limit, without following redirects, reading a bounded answer.
// Secrets (`${env.X}`) are put in at the last moment and appear in no result and no error.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { type AllowedHosts, openAddress, type ResolvedAddress, type Resolver, systemResolver } from "./addresses.ts";

/** What is sent. Texts may hold `${env.X}`. */
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

const SECRET = /\$\{env\.([A-Za-z_]\w*)\}/g;

/** A text with secrets put in; or the name of a variable that the environment does not have. */
function withSecrets(
  text: string,
  environment: OutgoingOptions["environment"],
): { readonly text: string } | { readonly missing: string } {
  let missing: string | undefined;
  const filled = text.replace(SECRET, (_whole, name: string) => {
    const value = environment[name];
    if (value === undefined) missing ??= name;
    return value ?? "";
  });
  return missing === undefined ? { text: filled } : { missing };
}

/** A port to the network of this machine. */
export function makeOutgoing(options: OutgoingOptions): OutgoingPort {
  return { post: (request) => post(options, request) };
}

async function post(options: OutgoingOptions, request: OutgoingRequest): Promise<OutgoingResult> {
  const failed = (reason: string, final: boolean): OutgoingResult => ({ kind: "failed", reason, final });
  const filled = fill(options, request);
  if ("missing" in filled) return failed(`the environment has no variable ${filled.missing}`, true);
  let url: URL;
  try {
    url = new URL(filled.url);
  } catch {
    return failed(`${request.url} is no address`, true);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return failed(`${url.protocol.slice(0, -1)} is not http or https`, true);
  const decision = await openAddress(url.hostname, options.allowed, options.resolver ?? systemResolver);
  if (decision.kind === "refused") return failed(decision.reason, decision.final);
  return await send(url, decision.address, filled.headers, filled.body, request.timeoutMs);
}

function fill(
  { environment }: OutgoingOptions,
  request: OutgoingRequest,
):
  | { readonly url: string; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly missing: string } {
  const url = withSecrets(request.url, environment);
  if ("missing" in url) return url;
  const body = withSecrets(request.body, environment);
  if ("missing" in body) return body;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const header = withSecrets(value, environment);
    if ("missing" in header) return header;
    headers[name] = header.text;
  }
  return { url: url.text, body: body.text, headers };
}

function send(
  url: URL,
  address: ResolvedAddress,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
): Promise<OutgoingResult> {
  return new Promise((resolve) => {
    const lookup: LookupFunction = (_host, lookupOptions, callback) => {
      if (lookupOptions.all === true) callback(null, [address]);
      else callback(null, address.address, address.family);
    };
    const make = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = make(url, {
      method: "POST",
      lookup,
      headers: {
        "content-type": "application/json",
        "user-agent": "pl-grizzly",
        ...headers,
        "content-length": Buffer.byteLength(body),
      },
      // A connection of its own: nothing of one request is left for the next.
      agent: false,
    });
    const timer = setTimeout(() => outgoing.destroy(new Error("timeout")), timeoutMs);
    let ended = false;
    const end = (result: OutgoingResult): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      resolve(result);
      outgoing.destroy();
    };
    outgoing.on("response", (answer) => readAnswer(answer, end));
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      end({
        kind: "failed",
        reason:
          error.message === "timeout"
            ? `no answer within ${timeoutMs} ms`
            : `no connection (${error.code ?? "failed"})`,
        final: false,
      }),
    );
    outgoing.end(body);
  });
}

/** Reads the first bytes; an answer that never ends is cut, one that breaks off counts with what came. */
function readAnswer(answer: IncomingMessage, end: (result: OutgoingResult) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (): void =>
    end({
      kind: "answered",
      status: answer.statusCode ?? 0,
      body: Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString("utf8"),
      retryAfter: answer.headers["retry-after"],
    });
  answer.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= ANSWER_BYTES_MAX) finish();
  });
  answer.on("end", finish);
  answer.on("error", finish);
}
