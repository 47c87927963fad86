// Which addresses on the network programs may reach: public ones, and those that the owner of the database allowed.
// Hooks and webhooks are written by people who may define schedules; without this guard they could reach services that only this machine sees.
import { lookup } from "node:dns";
import { BlockList, isIP } from "node:net";

type Network = readonly [address: string, prefix: number];

/** IPv4 networks that are not the public internet: this machine, private networks, link-local, shared, test, multicast and reserved ones. */
const CLOSED_IPV4: readonly Network[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** The public part of IPv6. Everything else is closed: ways of writing IPv4 addresses that translators understand are many. */
const OPEN_IPV6: readonly Network[] = [["2000::", 3]];

/** Networks inside the public part that are not public: protocols such as Teredo, documentation, 6to4. */
const CLOSED_IPV6: readonly Network[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** IPv4 addresses in IPv6 clothes: what they stand for decides. */
const MAPPED_IPV4: readonly Network[] = [["::ffff:0:0", 96]];

function networks(list: readonly Network[], family: "ipv4" | "ipv6"): BlockList {
  const made = new BlockList();
  for (const [address, prefix] of list) made.addSubnet(address, prefix, family);
  return made;
}

const closedIpv4 = networks(CLOSED_IPV4, "ipv4");
const openIpv6 = networks(OPEN_IPV6, "ipv6");
const closedIpv6 = networks(CLOSED_IPV6, "ipv6");
const mappedIpv4 = networks(MAPPED_IPV4, "ipv6");

/** Who may be reached besides public addresses: `all`, or these hosts (names or addresses, as they stand in the URL). */
export type AllowedHosts = "all" | readonly string[];

/** An address that a host name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** True for addresses outside the public internet, IPv4 addresses in IPv6 clothes included, and for what is no address. */
export function isClosedAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return closedIpv4.check(address, "ipv4");
  if (family !== 6) return true;
  if (mappedIpv4.check(address, "ipv6")) return closedIpv4.check(address, "ipv6");
  return !openIpv6.check(address, "ipv6") || closedIpv6.check(address, "ipv6");
}

/** The host of a URL as it is written, without name and password; secrets are not put in. */
export function writtenHost(url: string): string {
  return /^(?:[a-z][a-z\d+.-]*:[/\\]*)?(?:[^/?#\\]*@)?([^/?#\\]*)/iu.exec(url)?.[1] ?? "";
}

/** Finds the addresses of a host. Tests put their own here. */
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The machine's own resolver. */
export const systemResolver: Resolver = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error !== null) reject(error);
      else resolve(found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });

/** What became of the question whether a host may be reached. */
export type AddressDecision =
  | { readonly kind: "open"; readonly addresses: readonly ResolvedAddress[] }
  /** `final`: asking again cannot help. */
  | { readonly kind: "refused"; readonly reason: string; readonly final: boolean };

/**
 * The addresses to connect to. A name of which one address is closed is refused whole; the connection must go to one of these very addresses,
 * so that a name that changes its meaning between question and connection gains nothing. `shown` is what reasons call the host.
 */
export async function openAddress(
  host: string,
  allowed: AllowedHosts,
  resolver: Resolver,
  shown?: string,
): Promise<AddressDecision> {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  const name = shown ?? bare;
  const family = isIP(bare);
  let addresses: readonly ResolvedAddress[];
  try {
    addresses = family === 0 ? await resolver(bare) : [{ address: bare, family: family === 6 ? 6 : 4 }];
  } catch (error) {
    return {
      kind: "refused",
      reason: `the host ${name} is not known (${(error as NodeJS.ErrnoException).code ?? "lookup failed"})`,
      final: false,
    };
  }
  if (addresses.length === 0) return { kind: "refused", reason: `the host ${name} has no address`, final: false };
  if (allowed === "all" || allowed.some((each) => each.toLowerCase() === bare.toLowerCase()))
    return { kind: "open", addresses };
  if (addresses.some(({ address }) => isClosedAddress(address)))
    return {
      kind: "refused",
      reason: `${name} is an address of this machine or of a private network; allow it with the setting webhooks.allow`,
      final: true,
    };
  return { kind: "open", addresses };
}
