// The Lead's own state, and how many lanes of each tag there may be: what it was told since its start, else the configuration.
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

  /** Goes on to a state; each change is told once. */
  to(state: Lane["state"]): void {
    if (this.#state === state) return;
    this.#state = state;
    const { level, text } = STATE_WORDS[state];
    this.#log(level, `${this.#label()} [Lead] ${text}`);
  }

  /** The least and the greatest number of lanes of a tag: what `scale` said, else the configuration. */
  bounds(tag: LaneTag): LaneBounds {
    const scaled = this.#scaled.get(tag);
    if (scaled !== undefined) return scaled;
    const max = Math.min(this.#configuration.get(`lanes.${tag}.max`), LANES_MAX);
    return { min: Math.min(this.#configuration.get(`lanes.${tag}.min`), max), max };
  }

  /** Bounds of a tag from now on, until the next start of the daemon. */
  scale(tag: LaneTag, bounds: LaneBounds): void {
    this.#scaled.set(tag, bounds);
  }
}
