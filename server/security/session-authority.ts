// The authority of a session for a principal, and where its refusals go: into the audit log.
import type { Need } from "../../base/privileges.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CatalogState } from "../programs/catalog-state.ts";
import { type CheckInput, checkText } from "../programs/pipeline.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { StoredRoutine } from "../catalog/routines.ts";
import { type ActingFor, isDefiner, makeAuthority } from "./authorize.ts";
import { ownerOfRun } from "./owners.ts";
import { hasUsers, readRights } from "./rights.ts";
import { hiddenFrames } from "./hidden-frames.ts";
import type { Denials } from "./denials.ts";
import type { Authority, Principal } from "./types.ts";

/** The session as its authority sees it. */
export interface AuthoritySession {
  readonly runtime: CatalogPlace & { callers(): Iterable<LoadedRoutine> };
  /** The stored routine that a loaded one is; a script's own routines are none. */
  readonly programs: {
    storedAs(routine: LoadedRoutine): Pick<StoredRoutine, "name" | "version" | "effectsJson"> | undefined;
  };
  readonly catalog: CatalogState;
  checkInput(catalog: CatalogView, variables: undefined): CheckInput;
  readonly denials: Denials;
  readonly sessionId: string;
}

/** The authority of a session that acts for a principal. */
export function sessionAuthority(session: AuthoritySession, principal: Principal): Authority {
  const { runtime, catalog, denials, sessionId } = session;
  return makeAuthority(
    {
      connection: runtime.connection,
      catalog,
      nowMs: () => runtime.nowMicros() / 1000,
      acting: () => actingFor(session),
      hiddenFrames: (isOwn) => hiddenFrames(runtime.callers(), (routine) => actingIn(session, routine), isOwn),
      viewNeeds: (name) => viewNeeds(session, name),
      denied: (message) =>
        denials.note({
          action: "denied",
          outcome: "denied",
          userId: principal.userId === "" ? undefined : principal.userId,
          sessionId,
          details: { message },
        }),
    },
    principal,
  );
}

/** The authority of a run: its owner's; undefined where that is the owner of the mount. @throws EngineError. */
export function runAuthority(session: AuthoritySession, runId: string): Authority | undefined {
  const { connection } = session.runtime;
  if (!hasUsers(connection)) return undefined;
  const owner = ownerOfRun(connection, runId);
  if (owner === undefined) return undefined;
  const { name, superuser } = readRights(connection, owner);
  return sessionAuthority(session, { userId: owner, name, superuser, scopes: undefined });
}

/** What the query of a view of the database needs, by its text; what is temporary belongs to the session. */
function viewNeeds({ catalog, checkInput }: AuthoritySession, objectName: string): readonly Need[] | undefined {
  const [schema = "", ...rest] = objectName.toLowerCase().split(".");
  const name = rest.join(".");
  if (schema === "temp" || catalog.view().table(schema, name)?.kind !== "view") return undefined;
  const stored = catalog
    .schema()
    .tables.find((table) => table.schema.toLowerCase() === schema && table.name.toLowerCase() === name);
  if (stored?.sql === undefined) return undefined;
  const checked = checkText({ name: "view", text: stored.sql }, checkInput(catalog.view(), undefined));
  const [item] = checked.module.items;
  const needs = item === undefined ? undefined : checked.effects.get(item)?.needs;
  return needs?.filter(({ privilege }) => privilege !== "CREATE");
}

/** Whose rights count in a routine, when that is not its caller's. */
function actingIn(session: AuthoritySession, routine: LoadedRoutine): ActingFor | undefined {
  if (routine.code.kind === "trigger") return { kind: "trigger", name: routine.code.name };
  const stored = session.programs.storedAs(routine);
  return stored !== undefined && isDefiner(session, stored) ? { kind: "routine", name: stored.name } : undefined;
}

/**
 * The innermost code that runs with its owner's rights. Only what is stored does: a script's routine of the same name is its author's.
 * What was handed to it as a value and is called by it is not its code: that has the rights of who handed it in.
 */
function actingFor(session: AuthoritySession): ActingFor | undefined {
  const inner: LoadedRoutine[] = [];
  for (const routine of session.runtime.callers()) {
    if (routine.code.kind === "trigger") return { kind: "trigger", name: routine.code.name };
    const stored = session.programs.storedAs(routine);
    if (stored !== undefined && isDefiner(session, stored) && isItsCode(session, stored, routine, inner))
      return { kind: "routine", name: stored.name };
    inner.push(routine);
  }
  return undefined;
}

/** Whether everything that runs below a routine is its own: part of its program, a text that it executes, or a stored routine that it names, or that one of those names. */
function isItsCode(
  { programs }: AuthoritySession,
  stored: Pick<StoredRoutine, "effectsJson">,
  { owner: program }: LoadedRoutine,
  inner: readonly LoadedRoutine[],
): boolean {
  const foreign = inner.filter(({ owner, code }) => owner !== program && code.kind !== "script");
  if (foreign.length === 0) return true;
  const named = new Set<string>();
  const addCalls = (effectsJson: string): void => {
    for (const name of effectsFromJson(effectsJson)?.calls ?? []) named.add(name.toLowerCase());
  };
  addCalls(stored.effectsJson);
  // From the routine inwards. A lambda belongs to the routine in whose program it is.
  return foreign.toReversed().every(({ owner }) => {
    const known = owner.routines
      .map((each) => programs.storedAs(each))
      .find((each) => each !== undefined && named.has(each.name.toLowerCase()));
    if (known !== undefined) addCalls(known.effectsJson);
    return known !== undefined;
  });
}
