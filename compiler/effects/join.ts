// Making, adding up and comparing effects. All results are sorted and without doubles, so that equal effects print equally.
import type { Need } from "../../base/privileges.ts";
import type { Effects, TableAccess } from "./effects.ts";

/** The effects of something that only computes. */
export const NO_EFFECTS: Effects = {
  reads: [],
  writes: [],
  defines: [],
  calls: [],
  raises: [],
  clock: false,
  random: false,
  network: false,
  files: false,
  jobs: false,
  output: false,
  manages: false,
  dynamic: false,
  needs: [],
  fires: [],
};

/** Names of the yes-or-no effects, for unions and printing. */
export const EFFECT_FLAGS = [
  "clock",
  "random",
  "network",
  "files",
  "jobs",
  "output",
  "manages",
  "dynamic",
] as const satisfies readonly (keyof Effects)[];

/** No effects except those given; lists are sorted and cleaned of doubles. */
export function effectsWith(partial: Partial<Effects>): Effects {
  return joinEffects([{ ...NO_EFFECTS, ...partial }]);
}

/** The union. */
export function joinEffects(all: readonly Effects[]): Effects {
  const live = all.filter((effects) => effects !== NO_EFFECTS);
  if (live.length === 0) return NO_EFFECTS;
  const any = (flag: (typeof EFFECT_FLAGS)[number]): boolean => live.some((effects) => effects[flag]);
  return {
    reads: joinAccess(live.flatMap((effects) => effects.reads)),
    writes: joinAccess(live.flatMap((effects) => effects.writes)),
    defines: sortedSet(live.flatMap((effects) => effects.defines)),
    calls: sortedSet(live.flatMap((effects) => effects.calls)),
    raises: sortedSet(live.flatMap((effects) => effects.raises)),
    clock: any("clock"),
    random: any("random"),
    network: any("network"),
    files: any("files"),
    jobs: any("jobs"),
    output: any("output"),
    manages: any("manages"),
    dynamic: any("dynamic"),
    needs: joinNeeds(live.flatMap((effects) => effects.needs)),
    fires: sortedSet(live.flatMap((effects) => effects.fires)),
  };
}

/** True when both say the same. Both must come from this file's functions (sorted). */
export function sameEffects(left: Effects, right: Effects): boolean {
  if (left === right) return true;
  return (
    EFFECT_FLAGS.every((flag) => left[flag] === right[flag]) &&
    sameList(left.reads, right.reads, sameAccess) &&
    sameList(left.writes, right.writes, sameAccess) &&
    sameTexts(left.defines, right.defines) &&
    sameTexts(left.calls, right.calls) &&
    sameTexts(left.raises, right.raises) &&
    sameTexts(left.fires, right.fires) &&
    sameList(left.needs, right.needs, sameNeed)
  );
}

function sameList<T>(left: readonly T[], right: readonly T[], same: (left: T, right: T) => boolean): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    const [one, other] = [left[index], right[index]];
    if (one !== other && (one === undefined || other === undefined || !same(one, other))) return false;
  }
  return true;
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return sameList(left, right, (one, other) => one === other);
}

function sameColumns(left: readonly string[] | "*" | undefined, right: readonly string[] | "*" | undefined): boolean {
  if (left === right) return true;
  return typeof left === "object" && typeof right === "object" && sameTexts(left, right);
}

function sameAccess(left: TableAccess, right: TableAccess): boolean {
  return left.table === right.table && sameColumns(left.columns, right.columns);
}

function sameNeed(left: Need, right: Need): boolean {
  return (
    left.privilege === right.privilege &&
    left.objectKind === right.objectKind &&
    left.objectName === right.objectName &&
    sameColumns(left.columns, right.columns)
  );
}

/** True when nothing outside may differ before and after, and the result depends on its inputs and the tables read alone. */
export function isReadOnly(effects: Effects): boolean {
  return (
    effects.writes.length === 0 &&
    effects.defines.length === 0 &&
    !effects.network &&
    !effects.files &&
    !effects.jobs &&
    !effects.output &&
    !effects.manages &&
    !effects.dynamic
  );
}

/** True when the same inputs and the same tables give the same result. */
export function isDeterministic(effects: Effects): boolean {
  return !effects.clock && !effects.random && !effects.network && !effects.files && !effects.jobs && !effects.dynamic;
}

/** True when it may change the database: such a call starts an immediate transaction (LANGUAGE.md 15.25). */
export function mayWrite(effects: Effects): boolean {
  return effects.writes.length > 0 || effects.defines.length > 0 || effects.dynamic || effects.manages;
}

/** One access per table, sorted by table; `*` swallows single columns. */
export function joinAccess(accesses: readonly TableAccess[]): readonly TableAccess[] {
  if (accesses.length === 0) return [];
  const tables = new Map<string, Set<string> | "*">();
  for (const { table, columns } of accesses) {
    const known = tables.get(table);
    if (known === "*") continue;
    if (columns === "*") {
      tables.set(table, "*");
      continue;
    }
    const set = known ?? new Set<string>();
    for (const column of columns) set.add(column);
    tables.set(table, set);
  }
  return [...tables.keys()].sort(compareText).map((table) => {
    const columns = tables.get(table);
    return { table, columns: columns === "*" || columns === undefined ? "*" : [...columns].sort(compareText) };
  });
}

/** One need per privilege and object; the whole object swallows single columns. */
function joinNeeds(needs: readonly Need[]): readonly Need[] {
  if (needs.length === 0) return needs;
  const byObject = new Map<string, Need>();
  for (const need of needs) {
    const key = `${need.privilege} ${need.objectKind} ${need.objectName}`;
    const known = byObject.get(key);
    const columns =
      known === undefined
        ? need.columns
        : known.columns === undefined || need.columns === undefined
          ? undefined
          : [...known.columns, ...need.columns];
    byObject.set(key, { ...need, columns: columns === undefined ? undefined : sortedSet(columns) });
  }
  return [...byObject.keys()].sort(compareText).flatMap((key) => byObject.get(key) ?? []);
}

function sortedSet(values: readonly string[]): readonly string[] {
  return values.length === 0 ? values : [...new Set(values)].sort(compareText);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
