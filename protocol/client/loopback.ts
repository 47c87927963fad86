// Which names of hosts mean this machine: what goes there crosses no network, so that it needs no TLS.

/** True for `localhost`, `::1` and 127.0.0.0/8. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}
