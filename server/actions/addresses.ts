// Which addresses on the network programs may reach: public ones, and those that the owner of the database allowed.
// Hooks and webhooks are written by people who may define schedules; without this guard they could reach services that only this machine sees.
import { lookup } from "node:dns";
import { BlockList, isIP } from "node:net";

/** Networks that are not the public internet: this machine, private networks, link-local, shared, test, multicast and reserved ones. */
const CLOSED_NETWORKS: readonly (readonly [address: string, prefix: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  ["::", 128, "ipv6"],
  ["::1", 128, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const closed = new BlockList();
for (const [address, prefix, family] of CLOSED_NETWORKS) closed.addSubnet(address, prefix, family);

/** Who may be reached besides public addresses: `all`, or these hosts (names or addresses, as they stand in the URL). */
export type AllowedHosts = "all" | readonly string[];

/** An address that a host name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** True for addresses outside the public internet, IPv4 addresses in IPv6 clothes included. */
export function isClosedAddress(address: string): boolean {
  return closed.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
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
  | { readonly kind: "open"; readonly address: ResolvedAddress }
  /** `final`: asking again cannot help. */
  | { readonly kind: "refused"; readonly reason: string; readonly final: boolean };

/**
 * The address to connect to. A name of which one address is closed is refused whole; the connection must go to this very address,
 * so that a name that changes its meaning between question and connection gains nothing.
 */
export async function openAddress(host: string, allowed: AllowedHosts, resolver: Resolver): Promise<AddressDecision> {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  const family = isIP(bare);
  let addresses: readonly ResolvedAddress[];
  try {
    addresses = family === 0 ? await resolver(bare) : [{ address: bare, family: family === 6 ? 6 : 4 }];
  } catch (error) {
    return {
      kind: "refused",
      reason: `the host ${bare} is not known (${(error as NodeJS.ErrnoException).code ?? "lookup failed"})`,
      final: false,
    };
  }
  const [first] = addresses;
  if (first === undefined) return { kind: "refused", reason: `the host ${bare} has no address`, final: false };
  if (allowed === "all" || allowed.some((each) => each.toLowerCase() === bare.toLowerCase()))
    return { kind: "open", address: first };
  const inside = addresses.find(({ address }) => isClosedAddress(address));
  if (inside !== undefined)
    return {
      kind: "refused",
      reason: `${bare} is an address of this machine or of a private network; allow it with the setting webhooks.allow`,
      final: true,
    };
  return { kind: "open", address: first };
}
