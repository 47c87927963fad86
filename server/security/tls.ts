// TLS for TCP: reads the certificate and its key, and says before anybody connects what is wrong with them.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** Files in PEM form, by absolute path. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority that must have signed certificates of clients; undefined: clients need none. */
  readonly clientAuthority: string | undefined;
}

const DAY_MS = 86_400_000;
/** A certificate that ends sooner is worth a line in the log. */
const WARN_DAYS = 30;

function wrong(message: string, help?: string, cause?: unknown): GrizzlyError {
  return new GrizzlyError("ServiceUnavailable", message, { help, cause });
}

/** The text of a file. @throws GrizzlyError ServiceUnavailable. */
function read(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw wrong(`The ${what} ${path} cannot be read: ${(error as Error).message}.`, undefined, error);
  }
}

/** Reads and checks the files. `warn` gets what will be wrong soon. @throws GrizzlyError ServiceUnavailable with what is wrong. */
export function readTls(files: TlsFiles, nowMs: number, warn: (text: string) => void): TlsOptions {
  const cert = read(files.certificate, "certificate");
  const key = read(files.key, "key");
  checkMode(files.key);
  const certificate = parsed(() => new X509Certificate(cert), files.certificate, "certificate");
  const privateKey = parsed(() => createPrivateKey(key), files.key, "key");
  checkPair(certificate, privateKey, files);
  checkDates(certificate, files.certificate, nowMs, warn);
  const ca = files.clientAuthority === undefined ? undefined : read(files.clientAuthority, "authority of clients");
  if (ca !== undefined) parsed(() => new X509Certificate(ca), files.clientAuthority ?? "", "certificate");
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  };
}

/** A key that others may read is no secret. */
function checkMode(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) throw wrong(`The key ${path} can be read by other users.`, `chmod 600 ${path}`);
}

function parsed<T>(work: () => T, path: string, what: string): T {
  try {
    return work();
  } catch (error) {
    throw wrong(`${path} holds no ${what} in PEM form.`, undefined, error);
  }
}

function checkPair(certificate: X509Certificate, key: KeyObject, files: TlsFiles): void {
  if (!certificate.checkPrivateKey(key))
    throw wrong(`The key ${files.key} does not belong to the certificate ${files.certificate}.`);
}

function checkDates(certificate: X509Certificate, path: string, nowMs: number, warn: (text: string) => void): void {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  if (nowMs < from) throw wrong(`The certificate ${path} is not valid before ${certificate.validFrom}.`);
  if (nowMs > to)
    throw wrong(
      `The certificate ${path} expired at ${certificate.validTo}.`,
      "Make or get a new one; see docs/security.md.",
    );
  const days = Math.floor((to - nowMs) / DAY_MS);
  if (days < WARN_DAYS) warn(`The certificate ${path} expires in ${days} ${days === 1 ? "day" : "days"}.`);
}
