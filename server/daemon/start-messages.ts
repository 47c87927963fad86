// How a daemon's process is told what to mount, and how it tells its parent what became of it: types only.

/** The only argument of the process, as JSON. */
export interface DaemonOrder {
  /** `daemon` mounts; `supervisor` starts daemons, one after the other. */
  readonly mode: "daemon" | "supervisor";
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of the configuration in place of gobi.toml. */
  readonly configFile: string | undefined;
  /** `key=value`, from `--set`. */
  readonly sets: readonly string[];
  /** Lines of the log go to the error output too. */
  readonly foreground: boolean;
  /** Who starts this one again when it dies. */
  readonly supervisor: { readonly pid: number; readonly restarts: number } | undefined;
}

/** A daemon that accepts clients. */
export interface DaemonReady {
  readonly kind: "ready";
  readonly pid: number;
  readonly instance: string;
  readonly folder: string;
  readonly database: string;
  readonly socket: string;
  readonly listening: readonly string[];
  /** What the last daemon left, and what was mended; sentences. */
  readonly mended: readonly string[];
}

/** To the parent. */
export type FromDaemon =
  | DaemonReady
  /** Its process ends now with this exit code, or by a signal when it cannot end in the usual way. */
  | { readonly kind: "landed"; readonly exitCode: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly help: string | undefined };
