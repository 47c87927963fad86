// ATTACH Gobi: the daemon of this machine in a session of another database. Its tables are read from its file, which is attached for reading only; what changes them,
// and calls of what is stored there, goes to the daemon as a statement of its own. Nothing is ever half of a transaction here and half there.
import { resolve } from "node:path";
import { withGetter } from "../../base/with-getter.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { NoticeListener, RawResult } from "../../protocol/client/answers.ts";
import { type Asked, type BlockingSession, openBlockingSession } from "../../protocol/client/blocking-session.ts";
import { daemonAround, findDaemon } from "../../protocol/client/discovery.ts";
import type { RegistryEntry } from "../../protocol/client/registry.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import type { CatalogRoutine, CatalogView } from "../../compiler/catalog-view.ts";
import { ErrorValue } from "../../base/value/value.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import type { Connection, Engine } from "../../storage/engine.ts";
import { type CatalogState, makeCatalogState } from "../programs/catalog-state.ts";
import { asTrap } from "../sql/engine-errors.ts";

/** What attaching needs of the session. */
export interface AttachPlace {
  readonly connection: Connection;
  readonly engine: Engine;
  /** The session's own database: a file, or `:memory:`. */
  readonly database: string;
  /** Folder that the session works in. */
  readonly directory: string;
  /** True for a session of the daemon: to it nothing is attached, and its lane never waits for another daemon. */
  readonly inDaemon: boolean;
  readonly schemaChanged: () => void;
}

/** The daemon that is attached. */
interface Attached {
  readonly alias: string;
  readonly entry: RegistryEntry;
  /** A connection of its own to the daemon's file, for its catalog. */
  readonly reading: Connection;
  readonly catalog: CatalogState;
  seen: number;
  remote: BlockingSession | undefined;
}

/** The daemon in a session. */
export interface AttachedGobi {
  /** Alias under which its tables are found, or undefined when it is not attached. */
  readonly alias: string | undefined;
  /** ATTACH Gobi. Gives what to tell the user, when there is something. @throws Trap `ServiceUnavailable`, `AmbiguousInstance`, `AlreadyExists`. */
  attach(alias: string | undefined): string | undefined;
  /** The same where a daemon's folder holds the session's; nothing where there is none. */
  attachAround(): void;
  /** DETACH. Gives true when the alias was its. @throws Trap. */
  detach(alias: string): boolean;
  /** Notices what has changed there. */
  poll(): void;
  /** The catalog with what is stored in the daemon behind what is stored here. */
  view(own: CatalogView): CatalogView;
  /** Whether a routine of that name is stored there and none in `own`. */
  hasRoutine(own: CatalogView, name: string): boolean;
  /** Runs a text or a call there. @throws Trap. */
  ask(
    what: Asked,
    args: readonly Argument[],
    onNotice: NoticeListener,
    interrupted: () => boolean,
  ): readonly RawResult[];
  close(): void;
}

const ALIAS = "gobi";
const OWN = "This session works on the daemon's own database; there is nothing to attach.";

/** Nothing is attached at first. */
export function attachedGobi(place: AttachPlace): AttachedGobi {
  let attached: Attached | undefined;
  const environment = process.env;
  const here = { cwd: place.directory, environment };

  function isOwn(entry: RegistryEntry): boolean {
    return place.database !== ":memory:" && resolve(place.directory, place.database) === entry.database;
  }

  function attachEntry(entry: RegistryEntry, alias: string): void {
    asTrap(() => place.connection.attach(entry.database, alias, true));
    const reading = asTrap(() => place.engine.connect({ target: entry.database, readOnly: true, create: false }));
    const catalog = makeCatalogState(reading, { polls: true });
    catalog.poll();
    attached = { alias, entry, reading, catalog, seen: catalog.generation, remote: undefined };
    place.schemaChanged();
  }

  const methods: Omit<AttachedGobi, "alias"> = {
    attach(alias) {
      if (place.inDaemon) return OWN;
      const entry = entryOf(() => findDaemon(undefined, here, false));
      if (isOwn(entry)) return OWN;
      if (attached?.entry.instance === entry.instance && (alias ?? attached.alias) === attached.alias) return undefined;
      if (attached !== undefined)
        throw trap(
          "AlreadyExists",
          `${attached.entry.instance} is attached as ${attached.alias} already; DETACH ${attached.alias} first.`,
        );
      attachEntry(entry, alias ?? ALIAS);
      return undefined;
    },
    attachAround() {
      const entry = daemonAround(here);
      if (entry !== undefined && attached === undefined && !isOwn(entry)) attachEntry(entry, ALIAS);
    },
    detach(alias) {
      if (attached?.alias.toLowerCase() !== alias.toLowerCase()) return false;
      asTrap(() => place.connection.detach(alias));
      methods.close();
      place.schemaChanged();
      return true;
    },
    poll() {
      if (attached === undefined) return;
      attached.catalog.poll();
      if (attached.catalog.generation === attached.seen) return;
      attached.seen = attached.catalog.generation;
      place.schemaChanged();
    },
    view: (own) => (attached === undefined ? own : joinedView(own, attached)),
    hasRoutine: (own, name) =>
      attached !== undefined && own.routines(name).length === 0 && attached.catalog.routines(name).length > 0,
    ask(what, args, onNotice, interrupted) {
      if (attached === undefined) throw trap("ServiceUnavailable", "Gobi is not attached; write ATTACH Gobi first.");
      return asked(attached, (remote) => remote.ask(what, args, onNotice, interrupted));
    },
    close() {
      attached?.remote?.close();
      attached?.reading.close();
      attached = undefined;
    },
  };
  return withGetter(methods, "alias", () => attached?.alias);
}

/** A daemon of this machine. @throws Trap. */
function entryOf(find: () => ReturnType<typeof findDaemon>): RegistryEntry {
  const address = translated(find);
  if (address.kind === "unix" && address.entry !== undefined) return address.entry;
  throw trap("ServiceUnavailable", "ATTACH Gobi takes a daemon that runs on this machine; connect() reaches others.");
}

function asked(
  attached: Attached,
  work: (remote: BlockingSession) => readonly RawResult[] | undefined,
): readonly RawResult[] {
  return translated(() => {
    if (attached.remote?.isOpen !== true)
      attached.remote = openBlockingSession(attached.entry.socket, "attached session");
    const results = work(attached.remote);
    if (results === undefined) throw trap("Cancelled", "The statement was cancelled.");
    return results;
  });
}

/** Errors of the client as errors of programs. */
function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    const help = error.help === undefined ? "" : ` ${error.help}`;
    throw new Trap(new ErrorValue(error.code, `${error.message}${help}`, null, [], error.frames));
  }
}

function joinedView(own: CatalogView, { alias, catalog }: Attached): CatalogView {
  return {
    ...own,
    routines: (name) => {
      const found = own.routines(name);
      return found.length > 0
        ? found
        : catalog
            .view()
            .routines(name)
            .map((routine) => elsewhere(routine, alias));
    },
    routineNames: () => [...new Set([...own.routineNames(), ...catalog.view().routineNames()])],
    type: (name) => own.type(name) ?? catalog.view().type(name),
  };
}

/** What a routine of the daemon reads and writes is there, not in a table of the same name here. */
function elsewhere(routine: CatalogRoutine, alias: string): CatalogRoutine {
  const effectsJson = routine.signature.effectsJson.replaceAll('"main.', `"${alias}.`);
  return { ...routine, signature: { ...routine.signature, effectsJson } };
}
