// A proposal of completion: what the list shows, what is put in, and where its description comes from.
import type { SeenVariable } from "../../compiler/check/seen.ts";
import { showType } from "../../compiler/types/show.ts";

/** What a proposal is, for its icon. */
export type ProposalKind =
  | "variable"
  | "column"
  | "table"
  | "alias"
  | "field"
  | "function"
  | "method"
  | "type"
  | "enumValue"
  | "error"
  | "keyword"
  | "key"
  | "value"
  | "module"
  | "snippet"
  | "argument";

/** One proposal. */
export interface Proposal {
  readonly label: string;
  readonly kind: ProposalKind;
  /** One line beside the label: a type. */
  readonly detail?: string;
  /** Put in instead of the label. */
  readonly insert?: string;
  /** With places to fill in (`${1:name}`), for editors that know them. */
  readonly snippet?: string;
  /** Smaller is nearer to the top. */
  readonly rank: number;
  /** Markdown, when it is at hand; the rest is described when it is chosen. */
  readonly about?: string;
}

/** A variable with its type as known at the place. */
export function variableProposal({ variable, type }: SeenVariable): Proposal {
  return { label: variable.name, kind: "variable", detail: showType(type), rank: 5 };
}

/** Proposals for the text between two offsets. */
export interface Proposals {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Proposal[];
  /** True when there are more than these. */
  readonly isIncomplete: boolean;
}

/** Keeps what fits the typed prefix: those that begin with it, then those that hold its letters in order; at most `max`. */
export function chosen(
  proposals: readonly Proposal[],
  prefix: string,
  max: number,
): Pick<Proposals, "items" | "isIncomplete"> {
  const typed = prefix.toLowerCase();
  const seen = new Set<string>();
  const fitting = proposals.flatMap((proposal) => {
    const label = proposal.label.toLowerCase();
    const key = `${label} ${proposal.kind}`;
    if (seen.has(key) || !holdsInOrder(label, typed)) return [];
    seen.add(key);
    return [{ proposal, order: proposal.rank + (label.startsWith(typed) ? 0 : 100) }];
  });
  fitting.sort((left, right) => left.order - right.order || compare(left.proposal.label, right.proposal.label));
  return { items: fitting.slice(0, max).map(({ proposal }) => proposal), isIncomplete: fitting.length > max };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function holdsInOrder(label: string, typed: string): boolean {
  let at = 0;
  for (const character of typed) {
    at = label.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
