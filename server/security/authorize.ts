// What a session may do: asked before a statement runs, of the principal, and of the owners of what runs with its owner's rights:
// routines with SECURITY DEFINER and triggers. What the checker noted as needs is the question; rows of grants are the answer.
// Rights are read once and kept until another session or this one changes them.
import type { Need } from "../../base/privileges.ts";
import { scopeCovers } from "../../base/privileges.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import type { RoutineReference } from "../../vm/host.ts";
import { findRoutines, type StoredRoutine } from "../catalog/routines.ts";
import type { CatalogState } from "../programs/catalog-state.ts";
import { denied } from "./denied.ts";
import { ownerOf } from "./owners.ts";
import { OWNER_RIGHTS, readRights, type Rights, uncovered } from "./rights.ts";
import { endedAt, readStanding, type Standing } from "./standing.ts";
import { engineWords, isEngineOwn, isOpenTable } from "./system-tables.ts";
import { isTableThere, isTemporary } from "./table-presence.ts";
import { securityEpoch } from "./tokens.ts";
import type { Authority, Principal } from "./types.ts";
import { seesBy, viewCondition } from "./visibility.ts";

/** What asking needs from the session. */
export interface AuthorityWorld {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  nowMs(): number;
  /** The innermost routine or trigger that runs now with its owner's rights; undefined: the session's own. */
  acting(): ActingFor | undefined;
  /** How many of the innermost routines run inside of such code, but for what `isOwn` says is the user's own. */
  hiddenFrames(isOwn: (acting: ActingFor) => boolean): number;
  /** What the query of a view needs; undefined for what is no view. @throws EngineError. */
  viewNeeds(name: string): readonly Need[] | undefined;
  /** Something was refused. */
  denied(message: string): void;
}

/** Code that runs with its owner's rights. */
export interface ActingFor {
  readonly kind: "routine" | "trigger" | "view";
  readonly name: string;
}

/** Whose rights count: a user's, as the principal of the session or as owner of what runs. Undefined: everything is allowed. */
interface Actor {
  readonly rights: Rights;
  /** `ann`, or `procedure p, which runs with the rights of bob`. */
  readonly words: string;
  /** Scopes of the token: only of what the session itself asks for. */
  readonly scopes: readonly string[] | undefined;
  /** True for the session's own text, false for what it calls. */
  readonly own?: boolean;
}

interface Knowledge {
  readonly standing: Standing;
  readonly users: boolean;
  /** Of everybody who was asked for. */
  readonly rights: Map<string, Rights>;
}

/** What was looked up, and when it is old. */
interface AuthorityState {
  seen: number;
  epoch: number;
  generation: number;
  stamp: number;
  knowledge: Knowledge | undefined;
}

/** The authority of a session that acts for a principal. */
export function makeAuthority(world: AuthorityWorld, principal: Principal): Authority {
  const state: AuthorityState = { seen: -1, epoch: -1, generation: -1, stamp: 0, knowledge: undefined };
  const knowledge = (): Knowledge => (state.knowledge ??= readKnowledge(world, principal));
  const rightsOf = (userId: string): Rights => {
    const { rights } = knowledge();
    let found = rights.get(userId);
    if (found === undefined) rights.set(userId, (found = readRights(world.connection, userId)));
    return found;
  };
  const walk: Walk = { world, rightsOf };
  const self = (): Actor | undefined => sessionActor(principal, rightsOf);
  const runner = (): Actor | undefined => {
    const acting = knowledge().users ? world.acting() : undefined;
    return acting === undefined ? self() : actorOf(walk, acting);
  };
  const allowed = new WeakMap<object, number>();
  const allowedCalls = new Map<string, number>();
  /** Asks, and tells of refusals. */
  const ask = (effects: Pick<Effects, "needs" | "fires">, actor: Actor | undefined): void => {
    if (!knowledge().users && principal.scopes === undefined) return;
    try {
      visit(walk, effects, actor, new Set());
    } catch (error) {
      if (error instanceof Trap && error.value.code === "PermissionDenied") world.denied(error.value.message);
      throw error;
    }
  };
  const refuse = (message: string): never => {
    world.denied(message);
    throw trap("PermissionDenied", message);
  };
  return {
    principal,
    refresh: () => refreshed(world, state, knowledge),
    stamp: () => state.stamp,
    demand: (effects, statement) => {
      if (statement !== undefined && allowed.get(statement) === state.stamp) return;
      ask(effects, self());
      if (statement !== undefined) allowed.set(statement, state.stamp);
    },
    demandCall: (reference) => {
      const need = callNeed(reference);
      if (allowedCalls.get(need.objectName) === state.stamp) return;
      ask({ needs: [need], fires: [] }, self());
      if (allowedCalls.size >= CALLS_MAX) allowedCalls.clear();
      allowedCalls.set(need.objectName, state.stamp);
    },
    demandNeeds: (needs, fires = []) => ask({ needs, fires }, runner()),
    holdsAny: (needs) => {
      const actor = runner();
      return actor === undefined || needs.some((need) => holds(walk, need, actor));
    },
    mustAsk: () => knowledge().users || principal.scopes !== undefined,
    limitedTo: () => limitOf(runner()),
    viewCondition: (table) => {
      const rights = limitOf(runner());
      return rights === undefined ? undefined : viewCondition(rights, table);
    },
    hides: (table) => {
      const limited = limitOf(self());
      if (limited === undefined) return false;
      return table === undefined ? world.acting() !== undefined : !seesBy(world.connection, limited)("table", table);
    },
    hiddenFrames: () =>
      limitOf(self()) === undefined
        ? 0
        : world.hiddenFrames((acting) => ownerOfCode(world, acting) === principal.userId),
    actingUser: () => {
      const acting = knowledge().users ? world.acting() : undefined;
      return acting === undefined ? principal.userId : (ownerOfCode(world, acting) ?? "");
    },
    demandSuperuser: (what) => {
      const actor = runner();
      if (actor === undefined || (actor.rights.superuser && actor.scopes === undefined)) return;
      const why = actor.scopes === undefined ? "is none" : "has a token with scopes";
      refuse(`${what} is for administrators, and ${actor.words} ${why}.`);
    },
    refuse,
  };
}

/** The rights of who may not do everything. */
function limitOf(actor: Actor | undefined): Rights | undefined {
  return actor === undefined || actor.rights.superuser ? undefined : actor.rights;
}

/** Names of calls kept as allowed. */
const CALLS_MAX = 1000;

/** Drops what is old. @throws Trap PermissionDenied when the principal may do nothing any more. */
function refreshed(world: AuthorityWorld, state: AuthorityState, knowledge: () => Knowledge): void {
  const seen = world.catalog.seen();
  if (seen !== state.seen) {
    state.seen = seen;
    const { generation } = world.catalog;
    const isOther = generation !== state.generation;
    // Without tables of users nothing can have changed until the schema does.
    const epoch = isOther || state.knowledge?.users === true ? securityEpoch(world.connection) : state.epoch;
    if (isOther || epoch !== state.epoch) state.stamp += 1;
    if (epoch !== state.epoch) state.knowledge = undefined;
    state.epoch = epoch;
    state.generation = generation;
  }
  const why = endedAt(knowledge().standing, world.nowMs());
  if (why !== undefined) throw trap("PermissionDenied", why);
}

function readKnowledge(world: AuthorityWorld, principal: Principal): Knowledge {
  const standing = readStanding(world.connection, principal);
  const rights = new Map<string, Rights>();
  if (standing.own !== undefined) rights.set(principal.userId, standing.own);
  return { standing, users: standing.users, rights };
}

/** The session's own rights; undefined when nothing is refused. */
function sessionActor(principal: Principal, rightsOf: (userId: string) => Rights): Actor | undefined {
  const { scopes, userId, name } = principal;
  if (userId === "") return scopes === undefined ? undefined : { rights: OWNER_RIGHTS, words: name, scopes };
  const rights = rightsOf(userId);
  return rights.superuser && scopes === undefined ? undefined : { rights, words: name, scopes, own: true };
}

interface Walk {
  readonly world: AuthorityWorld;
  rightsOf(userId: string): Rights;
}

function callNeed(reference: RoutineReference): Need {
  const { name, version } = reference;
  const objectName = version === undefined ? name : `${name}@${version}`;
  return { privilege: "EXECUTE", objectKind: "procedure", objectName, columns: undefined };
}

const OWNED_AS = { routine: "procedure", trigger: "trigger", view: "table" } as const;

function ownerOfCode(world: AuthorityWorld, acting: ActingFor): string | undefined {
  return ownerOf(world.connection, OWNED_AS[acting.kind], acting.name);
}

/** Whose rights count in code that runs with its owner's; undefined when that is the owner of the mount. @throws Trap PermissionDenied when he is disabled. */
function actorOf(walk: Walk, acting: ActingFor): Actor | undefined {
  const owner = ownerOfCode(walk.world, acting);
  if (owner === undefined) return undefined;
  const rights = walk.rightsOf(owner);
  const what =
    acting.kind === "routine"
      ? acting.name
      : `${acting.kind === "view" ? "View" : "Trigger"} ${acting.name.replace(/^main\./u, "")}`;
  if (!rights.active)
    throw trap("PermissionDenied", `${what} runs with the rights of ${rights.name}, who is disabled or was dropped.`);
  if (rights.superuser) return undefined;
  return { rights, words: `${what}, which runs with the rights of ${rights.name},`, scopes: undefined };
}

/** Asks for everything below. `visited` holds what was asked for whom. */
function visit(
  walk: Walk,
  effects: Pick<Effects, "needs" | "fires">,
  actor: Actor | undefined,
  visited: Set<string>,
): void {
  for (const need of effects.needs) {
    if (actor !== undefined) askFor(walk, need, actor);
    if (need.privilege === "EXECUTE") visitRoutine(walk, need.objectName, actor, visited);
    if (need.privilege === "SELECT") visitView(walk, need.objectName, visited);
  }
  for (const trigger of effects.fires) visitTrigger(walk, trigger, visited);
}

function visitRoutine(walk: Walk, objectName: string, actor: Actor | undefined, visited: Set<string>): void {
  const key = `${objectName.toLowerCase()} ${actor?.rights.userId ?? ""}`;
  if (visited.has(key)) return;
  visited.add(key);
  // What the routines below do is not limited by the session's token.
  const inner =
    actor?.scopes !== undefined && actor.rights.superuser
      ? undefined
      : actor && { ...actor, scopes: undefined, own: false };
  for (const routine of routinesOf(walk.world, objectName)) {
    const runner = isDefiner(walk.world, routine) ? actorOf(walk, { kind: "routine", name: routine.name }) : inner;
    visit(walk, effectsFromJson(routine.effectsJson) ?? NO_EFFECTS, runner, visited);
  }
}

/** A view shows what its owner may read now. */
function visitView(walk: Walk, name: string, visited: Set<string>): void {
  const key = `view ${name.toLowerCase()}`;
  if (visited.has(key)) return;
  visited.add(key);
  const needs = walk.world.viewNeeds(name);
  if (needs === undefined) return;
  const owner = actorOf(walk, { kind: "view", name });
  if (owner !== undefined) visit(walk, { needs, fires: [] }, owner, visited);
}

function visitTrigger(walk: Walk, name: string, visited: Set<string>): void {
  const key = `trigger ${name.toLowerCase()}`;
  if (visited.has(key)) return;
  visited.add(key);
  const found = walk.world.catalog
    .view()
    .triggers()
    .find((trigger) => trigger.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) return;
  visit(walk, effectsFromJson(found.effectsJson) ?? NO_EFFECTS, actorOf(walk, { kind: "trigger", name }), visited);
}

/** Stored routines of `p` or `p@2`: several when they differ by receiver. */
function routinesOf(world: AuthorityWorld, objectName: string): readonly StoredRoutine[] {
  if (!world.catalog.hasCatalog()) return [];
  const [name = "", version] = objectName.split("@");
  return version === undefined ? world.catalog.routines(name) : findRoutines(world.connection, name, Number(version));
}

/** Whether a routine runs with its owner's rights. */
export function isDefiner(
  world: Pick<AuthorityWorld, "catalog">,
  routine: Pick<StoredRoutine, "name" | "version">,
): boolean {
  return world.catalog
    .view()
    .routines(routine.name)
    .some(({ declaration, version }) => declaration.security === "definer" && version === routine.version);
}

/** @throws Trap PermissionDenied. */
function askFor(walk: Walk, need: Need, actor: Actor): void {
  const { rights, scopes } = actor;
  if (scopes !== undefined && !scopes.some((scope) => scopeCovers(scope, need)) && !isOpenTable(need))
    throw denied(need, `The token of ${rights.name}`, rights.name, scopes);
  if (rights.superuser || isOpenTable(need)) return;
  if (need.objectKind === "table" && /^temp\./iu.test(need.objectName)) return askForTemporary(walk, need, actor);
  const missing = uncovered(rights, need);
  if (missing === undefined) return;
  if (ownerOf(walk.world.connection, need.objectKind, need.objectName.replace(/@\d+$/, "")) === rights.userId) return;
  if (need.objectKind === "table" && isEngineOwn(walk.world.connection, need.objectName))
    throw trap("PermissionDenied", `${engineWords(need)} is for administrators, and ${actor.words} is none.`);
  const tells = need.objectKind !== "table" || mayLearn(actor) || isTemporary(walk.world, need);
  if (tells && !exists(walk.world, need)) return;
  throw denied(missing, actor.words, rights.name, undefined);
}

/**
 * Whether somebody hears that there is no such object. Who can make objects finds out anyway; to others a table that is not there is refused as one that they may not use.
 * What is called may name things that come later.
 */
function mayLearn({ rights, own }: Actor): boolean {
  return own !== true || rights.of("CREATE", "database", "").length > 0;
}

/** Whether a right is there. */
function holds({ world }: Walk, need: Need, { rights, scopes }: Actor): boolean {
  if (scopes !== undefined && !scopes.some((scope) => scopeCovers(scope, need))) return false;
  if (rights.superuser || uncovered(rights, need) === undefined) return true;
  return ownerOf(world.connection, need.objectKind, need.objectName) === rights.userId;
}

/**
 * Temporary tables are the session's own. But whether one is there is known only while the statement runs: where a table of the database has the same name, that is asked for.
 */
function askForTemporary(walk: Walk, need: Need, actor: Actor): void {
  const name = need.objectName.slice("temp.".length);
  // Such a view was made for whoever read it last.
  if (name.toLowerCase().startsWith("system."))
    throw trap("PermissionDenied", `${actor.words} may not read what is behind ${name}: read ${name} itself.`);
  askFor(walk, { ...need, objectName: `main.${name}` }, { ...actor, own: false });
}

/** What is not there needs no right: the statement fails by itself, or makes it. */
function exists(world: AuthorityWorld, need: Need): boolean {
  if (need.objectKind === "table") return isTableThere(world, need.objectName);
  if (need.objectKind === "procedure" || need.objectKind === "function")
    return routinesOf(world, need.objectName).length > 0;
  return true;
}
