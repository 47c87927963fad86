// How long ago something was, for people.
const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1000 },
] as const;

/** `3 min ago`, `in 2 h`, `now`: whole units, the largest that fits. */
export function relativeTime(atMs: number, nowMs: number): string {
  const distance = Math.abs(atMs - nowMs);
  const unit = UNITS.find(({ ms }) => distance >= ms);
  if (unit === undefined) return "now";
  const amount = `${Math.floor(distance / unit.ms)} ${unit.name}`;
  return atMs < nowMs ? `${amount} ago` : `in ${amount}`;
}
