// The files of TLS: what is wrong with them is said before anybody connects.
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { readTls } from "../../server/security/tls.ts";

const FIXTURES = resolve(import.meta.dirname, "tls");
const NOW_MS = Date.UTC(2030, 0, 1);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "gobi-tls-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  for (const name of ["certificate.pem", "key.pem", "other-key.pem"]) {
    copyFileSync(join(FIXTURES, name), join(made, name));
    chmodSync(join(made, name), 0o600);
  }
  writeFileSync(join(made, "empty.pem"), "", { mode: 0o600 });
  return made;
}

function told(files: { certificate?: string; key?: string }, nowMs = NOW_MS): string {
  const place = folder();
  const { certificate = "certificate.pem", key = "key.pem" } = files;
  const warnings: string[] = [];
  try {
    readTls(
      { certificate: join(place, certificate), key: join(place, key), clientAuthority: undefined },
      nowMs,
      (text) => void warnings.push(text),
    );
    return warnings.join().replaceAll(`${place}/`, "");
  } catch (error) {
    return error instanceof GrizzlyError
      ? `${error.code}: ${error.message}`.replaceAll(`${place}/`, "")
      : String(error);
  }
}

it("takes a certificate with its key", () => {
  expect(told({})).toBe("");
});

it.each([
  [{ certificate: "nothing.pem" }, /^ServiceUnavailable: The certificate nothing.pem cannot be read: ENOENT/],
  [{ certificate: "empty.pem" }, /^ServiceUnavailable: empty.pem holds no certificate in PEM form/],
  [{ key: "empty.pem" }, /^ServiceUnavailable: empty.pem holds no key in PEM form/],
  [
    { key: "other-key.pem" },
    /^ServiceUnavailable: The key other-key.pem does not belong to the certificate certificate.pem/,
  ],
])("refuses %o", (files, message) => {
  expect(told(files)).toMatch(message);
});

it("refuses a certificate outside of its time, and warns before its end", () => {
  expect(told({}, Date.UTC(2000, 0, 1))).toMatch(/is not valid before/);
  expect(told({}, Date.UTC(2200, 0, 1))).toMatch(/^ServiceUnavailable: The certificate certificate.pem expired at/);
});

it("refuses a key that others can read", () => {
  const place = folder();
  chmodSync(join(place, "key.pem"), 0o640);
  const files = {
    certificate: join(place, "certificate.pem"),
    key: join(place, "key.pem"),
    clientAuthority: undefined,
  };
  expect(() => readTls(files, NOW_MS, () => undefined)).toThrow(/can be read by other users/);
});
