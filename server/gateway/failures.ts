// Errors as HTTP: which code of ours is which status, and the JSON that says what, where and how to mend it.
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** An answer that is not the one that was asked for. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly status: ContentfulStatusCode;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: ContentfulStatusCode,
    body: { readonly error: string; readonly message: string } & Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.message);
    this.status = status;
    this.body = { success: false, ...body };
    this.headers = headers;
  }
}

/** What an answer says besides: how to come in, and after how many seconds a busy daemon may be asked again. */
const HEADERS: Readonly<Partial<Record<number, Readonly<Record<string, string>>>>> = {
  401: { "WWW-Authenticate": "Bearer" },
  503: { "Retry-After": "1" },
};

const STATUSES: Readonly<Record<string, ContentfulStatusCode>> = {
  AuthenticationFailed: 401,
  TokenNeeded: 401,
  TooManyAttempts: 429,
  TokenExpired: 401,
  TokenRevoked: 401,
  UserDisabled: 401,
  PermissionDenied: 403,
  NoSuchRoutine: 404,
  NoSuchObject: 404,
  WrongArguments: 400,
  InvalidCast: 400,
  CheckFailed: 400,
  NotAQuery: 400,
  NoSuchDatabase: 400,
  Timeout: 408,
  Cancelled: 408,
  ServiceUnavailable: 503,
  ConnectionLost: 503,
};

/** Time that a request had. */
export interface Allowed {
  readonly timeoutMs: number;
  /** When it began, by the clock of performance.now(). */
  readonly started: number;
}

/** The failure that an error stands for. Where time ran out, how much there was is told. Bugs are passed on. */
export function failureOf(error: unknown, allowed?: Allowed): HttpFailure {
  if (error instanceof HttpFailure) return error;
  if (!(error instanceof GrizzlyError)) throw error;
  const timeoutMs = allowed?.timeoutMs;
  // A statement that nothing can stop ends with its lane, and the connection with it.
  if (
    error.code === "ConnectionLost" &&
    allowed !== undefined &&
    performance.now() - allowed.started >= allowed.timeoutMs
  )
    return new HttpFailure(408, {
      error: "Timeout",
      message: `The statement took longer than ${allowed.timeoutMs / 1000} s and was stopped.`,
      timeout_seconds: allowed.timeoutMs / 1000,
    });
  const status = STATUSES[error.code] ?? 422;
  const body = {
    error: error.code,
    message: error.message,
    ...(error.help === undefined ? {} : { help: error.help }),
    ...(status === 422 ? { database_error: error.message } : {}),
    ...(status === 408 && timeoutMs !== undefined ? { timeout_seconds: timeoutMs / 1000 } : {}),
    ...(error.problems === undefined || error.problems.length === 0
      ? {}
      : {
          problems: error.problems.map(({ code, severity, message, span, help }) => ({
            code,
            severity,
            message,
            start: span.start,
            end: span.end,
            ...(help === undefined ? {} : { help }),
          })),
        }),
  };
  return new HttpFailure(status, body, HEADERS[status] ?? {});
}
