// What the terminal interface gets its data from: a daemon or a database file, behind one port. Types only.
// The screen is a bundle of its own (tools/build.ts), so that nothing here is told apart by its class: failures are data.

/** A table as it is shown. `types` are those of the language; null stands for null. */
export interface Listing {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What went wrong, for the status line. `lost`: the daemon is not there; the source goes on looking for it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly help: string | undefined;
  readonly lost: boolean;
}

/** What a text gave: the last table and what else was said, line by line. */
export type Answer =
  | { readonly ok: true; readonly listing: Listing | undefined; readonly lines: readonly string[] }
  | { readonly ok: false; readonly failure: Failure };

/** What SERVICE_CONTROL gave. */
export type ControlAnswer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** Who is told what happens by itself. */
export interface SourceListener {
  /** Something has changed: an event of the daemon, or `tables` without data when another program has written to the file. */
  event(topic: string, data: unknown): void;
  lost(failure: Failure): void;
  /** Connected again: what is shown may be old. */
  back(): void;
}

/** Where data comes from. Nothing here throws or rejects. */
export interface Source {
  readonly kind: "daemon" | "file";
  /** For the head line: the daemon's name, or the file. */
  readonly place: string;
  /** Who is acting; undefined: nobody is asked for. */
  readonly user: string | undefined;
  /** Of the catalog, as the last answer told; undefined where there is none. */
  readonly catalogEpoch: number | undefined;
  run(text: string): Promise<Answer>;
  /** As `run`, for what may last: nothing else waits for it where that can be avoided. */
  act(text: string): Promise<Answer>;
  control(action: string, argument?: unknown): Promise<ControlAnswer>;
  /** Begins to tell. Called once. */
  listen(listener: SourceListener): void;
  /** Where nobody tells of commits: looks whether there was one, and tells the listener then. Cheap: one number is asked for. */
  look(): Promise<void>;
  close(): void;
}

/** What the screen draws on and reads from. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly colours: boolean;
}

/** Times of the screen. Tests hand in their own. */
export interface ScreenClock {
  nowMs(): number;
  /** Calls back again and again; gives what ends that. */
  every(ms: number, callback: () => void): () => void;
  /** Calls back once. */
  after(ms: number, callback: () => void): void;
}
