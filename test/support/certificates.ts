// Certificates for tests, made when they are needed: an authority and what it signs, as X.509 in DER, by hand (RFC 5280), because node makes keys and no certificates.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate with its key, in PEM form. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly name: string;
  /** Default: yesterday to tomorrow. */
  readonly from?: Date;
  readonly to?: Date;
}

/** Somebody who signs. */
export interface Authority extends Certificate {
  /** A certificate for `localhost` and 127.0.0.1, or for a client. */
  issue(options: CertificateOptions): Certificate;
}

const DAY_MS = 86_400_000;

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, "hex"));
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

const COMMON_NAME = oid("550403");
const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
const BASIC_CONSTRAINTS = oid("551d13");
const ALTERNATIVE_NAMES = oid("551d11");

function nameOf(text: string): Buffer {
  return sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(text)))));
}

/** GeneralizedTime: whole seconds of UTC. */
function timeOf(date: Date): Buffer {
  return tlv(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\.\d+Z$/gu, "")}Z`));
}

function extension(id: Buffer, isCritical: boolean, value: Buffer): Buffer {
  return sequence(id, ...(isCritical ? [TRUE] : []), tlv(0x04, value));
}

/** dNSName localhost and iPAddress 127.0.0.1. */
const HERE = sequence(tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1])));

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").replaceAll(/.{64}/gu, "$&\n").trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function certify(subject: CertificateOptions, publicKey: KeyObject, issuer: Issuer, isAuthority: boolean): string {
  const { name, from = new Date(Date.now() - DAY_MS), to = new Date(Date.now() + DAY_MS) } = subject;
  // Version 3; a serial number above zero.
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([0x01]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    sequence(timeOf(from), timeOf(to)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(
      0xa3,
      sequence(
        isAuthority ? extension(BASIC_CONSTRAINTS, true, sequence(TRUE)) : extension(ALTERNATIVE_NAMES, false, HERE),
      ),
    ),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign("sha256", body, issuer.key));
  return pem("CERTIFICATE", sequence(body, ECDSA_WITH_SHA256, signature));
}

function keyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { publicKey, privateKey, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** Makes an authority. */
export function makeAuthority(name: string): Authority {
  const { publicKey, privateKey, key } = keyPair();
  const issuer = { name, key: privateKey };
  return {
    certificate: certify({ name }, publicKey, issuer, true),
    key,
    issue: (options) => {
      const own = keyPair();
      return { certificate: certify(options, own.publicKey, issuer, false), key: own.key };
    },
  };
}
