// The Lead's own state, and how many lanes of each tag there may be: what it was told since its start, else the configuration.
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import type { Configuration } from "../../config/types.ts";
import type { LaneTag } from "../../lanes/types.ts";
import type { Log } from "../types.ts";
import { LANES_MAX } from "./labels.ts";
import { type Lane, type LaneBounds, STATE_WORDS } from "./lane.ts";

/** State and bounds. */
export class LeadState {
  readonly #configuration: Configuration;
  readonly #log: Log;
  readonly #label: () => string;
  readonly #scaled = new Map<LaneTag, LaneBounds>();
  #state: Lane["state"] | undefined;
  #note: string | undefined;

  constructor(configuration: Configuration, log: Log, label: () => string) {
    this.#configuration = configuration;
    this.#log = log;
    this.#label = label;
  }

  get state(): Lane["state"] {
    return this.#state ?? "connecting";
  }

  get isStopping(): boolean {
    return this.#state === "shutting_down";
  }

  /** Why the database cannot be served; undefined: it can. */
  get note(): string | undefined {
    return this.#state === "error" ? this.#note : undefined;
  }

  /** Goes on to a state; each change is told once. `note` is a sentence that says why. */
  to(state: Lane["state"], note?: string): void {
    this.#note = note;
    if (this.#state === state) return;
    this.#state = state;
    const { level, text } = STATE_WORDS[state];
    this.#log(level, `${this.#label()} [Lead] ${text}${note === undefined ? "" : `: ${note}`}`);
  }

  /** The least and the greatest number of lanes of a tag: what `scale` said, else the configuration. */
  bounds(tag: LaneTag): LaneBounds {
    const scaled = this.#scaled.get(tag);
    if (scaled !== undefined) return scaled;
    const max = Math.min(this.#configuration.get(`lanes.${tag}.max`), LANES_MAX);
    return { min: Math.min(this.#configuration.get(`lanes.${tag}.min`) ?? 1, max), max };
  }

  /**
   * True when the least number of a tag's lanes need not run: nobody has said how many there are to be.
   * Sessions that name no lane want a medium one, so that there is always one of those.
   */
  mayRest(tag: LaneTag): boolean {
    return tag !== "medium" && !this.#scaled.has(tag) && this.#configuration.get(`lanes.${tag}.min`) === undefined;
  }

  /** Bounds of a tag from now on, until the next start of the daemon. */
  scale(tag: LaneTag, bounds: LaneBounds): void {
    this.#scaled.set(tag, bounds);
  }
}

/** What a session is told that cannot have a lane now. */
export function unavailable(message: string): GrizzlyError {
  return new GrizzlyError("ServiceUnavailable", message, { retryable: true });
}

/** No lane of a tag has opened the database. */
export function notStarted(tag: LaneTag): GrizzlyError {
  const help = "The daemon's log says why.";
  return new GrizzlyError("ServiceUnavailable", `A lane for ${tag} statements could not be started.`, { help });
}
