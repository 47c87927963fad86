// The lanes that there are, by place in the order of their start, and what is counted of them. Nothing here starts or ends one.
import type { LaneTag } from "../../lanes/types.ts";
import { freeNumber, leadLabel } from "./labels.ts";
import type { Lane } from "./lane.ts";
import { fitsElsewhere, isCrowded, surplus } from "./routing.ts";
import { availableParallelism } from "node:os";

/** The lanes of one database. */
export class Roster {
  readonly #lanes: Lane[] = [];

  get all(): readonly Lane[] {
    return this.#lanes;
  }

  /** Label of the Lead as lanes are now. */
  leadLabel(database: string): string {
    return leadLabel(database, new Set(this.#lanes.map((lane) => lane.tag)));
  }

  find(label: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.label === label);
  }

  /** Adds a lane, or puts it in the place of one that rested. */
  add(lane: Lane, inPlaceOf?: Lane): void {
    if (inPlaceOf === undefined) this.#lanes.push(lane);
    else this.#lanes.splice(this.#lanes.indexOf(inPlaceOf), 1, lane);
  }

  remove(lane: Lane): void {
    this.#lanes.splice(this.#lanes.indexOf(lane), 1);
  }

  /** The lowest number that is free; undefined when all are taken. */
  freeNumber(): number | undefined {
    return freeNumber(new Set(this.#lanes.map((lane) => lane.number)));
  }

  /** Lanes of a tag as it is configured. */
  usual(tag: LaneTag): readonly Lane[] {
    return this.#lanes.filter((lane) => lane.tag === tag && !lane.isExtra);
  }

  /** Lanes of a tag that are there to stay, with or without a process. */
  count(tag: LaneTag): number {
    return this.usual(tag).filter((lane) => lane.ending === undefined && !lane.failed).length;
  }

  /** Lanes of a tag that are as they should be: open, or resting. */
  ready(tag: LaneTag): number {
    return this.usual(tag).filter((lane) => lane.open || lane.resting).length;
  }

  /** Lanes of a tag that rest. */
  resting(tag: LaneTag): readonly Lane[] {
    return this.usual(tag).filter((lane) => lane.resting);
  }

  /** True when no process is a lane of the tag, or is to become one. */
  none(tag: LaneTag): boolean {
    return this.usual(tag).every((lane) => lane.resting || lane.ending !== undefined);
  }

  /** True when another lane of the tag is worth its memory. */
  isCrowded(tag: LaneTag): boolean {
    return isCrowded(this.#runningUsual(), tag, availableParallelism());
  }

  /** True when the other lanes of its tag can take its sessions, if it has any. Those of a process beside threads would come back. */
  canSpare(lane: Lane): boolean {
    if (lane.sessions === 0) return true;
    return !lane.isExtra && fitsElsewhere(this.#runningUsual(), lane, lane.tag, availableParallelism());
  }

  /** Lanes with a process. */
  running(): readonly Lane[] {
    return this.#lanes.filter((lane) => !lane.resting);
  }

  #runningUsual(): readonly Lane[] {
    return this.#lanes.filter((lane) => !lane.resting && !lane.isExtra);
  }

  /** A lane has come: some sessions of the fullest one move there, those first that have nothing to do. */
  balance(tag: LaneTag): void {
    const found = surplus(this.usual(tag), tag);
    if (found === undefined) return;
    const idle = [...found.from.sessionIds].filter((id) => !found.from.inFlight.has(id));
    found.from.host.send({ kind: "giveBack", sessionIds: idle.slice(-found.count) });
  }

  connecting(tag?: LaneTag): boolean {
    return this.#lanes.some(
      (lane) => lane.state === "connecting" && !lane.isExtra && (tag === undefined || lane.tag === tag),
    );
  }
}
