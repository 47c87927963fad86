// What metadata ties together: schedules, triggers and pipelines take in the routines and pipelines of the file that name them
// (`sched: ['nightly']`, `trig: ['audit']`, `pipeline: 'nightly.load'`), without naming them themselves.
import type { Item } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { namesOf } from "./config-values.ts";

/** Keys of metadata that name who takes one in. */
const BINDING_KEYS: ReadonlySet<string> = new Set(["sched", "trig", "pipeline"]);

/** What others see of a declaration that is used by name, as text: without its body. Undefined for other items. */
export function headerOf({ statement, text }: Item): string | undefined {
  switch (statement.kind) {
    case "routine":
    case "schedule": {
      const end = (statement.body?.span ?? statement.span).start;
      return text.slice(statement.span.start, Math.max(end, statement.span.start));
    }
    case "test":
      return text.slice(statement.span.start, Math.max(statement.name.span.end, statement.span.start));
    case "pipeline":
      return "pipeline";
    default:
      return undefined;
  }
}

/** Schedules, triggers and pipelines that other metadata names than before, or the same of which a name has changed. */
export function boundAnew(
  before: readonly Item[],
  after: readonly Item[],
  changed: ReadonlySet<string>,
): readonly Item[] {
  const [then, now] = [bindings(before), bindings(after)];
  if (then.size === 0 && now.size === 0) return [];
  return after.filter(({ statement }) => {
    if (statement.kind !== "schedule" && statement.kind !== "trigger" && statement.kind !== "pipeline") return false;
    const name = foldName(statement.name.text);
    const binders = now.get(name) ?? [];
    return (
      binders.map(({ header }) => header).join("\n") !==
        (then.get(name) ?? []).map(({ header }) => header).join("\n") ||
      binders.some((binder) => changed.has(binder.name))
    );
  });
}

/** Something that names others in its metadata. */
interface Binder {
  readonly name: string;
  readonly header: string;
  /** Folded names of who takes it in. */
  readonly by: readonly string[];
}

/** Who is taken in by the schedule, trigger or pipeline of a folded name, in the order of the file. */
function bindings(items: readonly Item[]): ReadonlyMap<string, readonly Binder[]> {
  const found = new Map<string, Binder[]>();
  for (const item of items) {
    const binder = binderOf(item);
    for (const name of binder?.by ?? []) {
      const group = found.get(name) ?? [];
      if (binder !== undefined) group.push(binder);
      found.set(name, group);
    }
  }
  return found;
}

const BINDERS = new WeakMap<Item["statement"], Binder | "none">();

function binderOf(item: Item): Binder | undefined {
  const known = BINDERS.get(item.statement);
  if (known !== undefined) return known === "none" ? undefined : known;
  const binder = readBinder(item);
  BINDERS.set(item.statement, binder ?? "none");
  return binder;
}

function readBinder(item: Item): Binder | undefined {
  const { statement } = item;
  const config =
    statement.kind === "routine" ? statement.metadata : statement.kind === "pipeline" ? statement.config : undefined;
  if (config === undefined || (statement.kind !== "routine" && statement.kind !== "pipeline")) return undefined;
  const entries = config.entries.filter(({ key }) => BINDING_KEYS.has(foldName(key.text)));
  const by = entries.flatMap(({ value }) => namesOf(value).map((name) => foldName(name.split(".")[0] ?? "")));
  if (by.length === 0) return undefined;
  const header =
    statement.kind === "routine"
      ? (headerOf(item) ?? "")
      : entries.map(({ span }) => item.text.slice(span.start, span.end)).join(" ");
  return { name: foldName(statement.name.text), header, by };
}
