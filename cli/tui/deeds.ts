// What actions do: how they are shown before they are sent, carried out, and told afterwards.
import type { Deed } from "./sections.ts";
import type { Answer, Source } from "./types.ts";

/** Carries it out. */
export async function carryOut(source: Source, deed: Deed): Promise<Answer> {
  if (deed.kind === "statement") return source.act(deed.text);
  const answer = await source.control(deed.action, deed.argument);
  return answer.ok ? { ok: true, listing: undefined, lines: [`${deed.action}: done.`] } : answer;
}

/** An action as it will be sent. */
export function deedText(deed: Deed): string {
  return deed.kind === "statement" ? deed.text : `${deed.action} ${JSON.stringify(deed.argument)}`;
}

/** What it gave, as lines. */
export function resultLines({ listing, lines }: Extract<Answer, { ok: true }>): readonly string[] {
  if (listing === undefined) return lines;
  const rows = listing.rows.map((row) =>
    row.map((text, at) => `${listing.names[at] ?? ""}: ${text ?? "–"}`).join("  "),
  );
  return [...lines, ...rows];
}
