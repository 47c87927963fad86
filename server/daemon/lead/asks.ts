// What a session or the life of the daemon may ask of the Lead: lists, and ending or scaling what runs. One table of actions.
// Whether the asker may is decided before: by the session's lane, or by the daemon's own control socket, which only the owner can open.
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { type LaneTag, LANE_TAGS } from "../../lanes/types.ts";
import { LIFE_ACTIONS } from "../types.ts";
import { laneTag } from "./labels.ts";
import type { Lane, LaneBounds } from "./lane.ts";
import { eventRows, type ListGround, laneRows, lockRows, sessionRows, transactionRows } from "./lists.ts";

/** What the actions act on. */
export interface AskGround {
  /** The lists as they are now; lanes are asked first, those that do not answer at once are as they last reported. */
  ground(): Promise<ListGround>;
  /** False: there is no such session. */
  killSession(id: bigint, why: string): boolean;
  lane(label: string): Lane | undefined;
  leadLabel(): string;
  killLane(lane: Lane, why: string): void;
  bounds(tag: LaneTag): LaneBounds;
  scale(tag: LaneTag, bounds: LaneBounds): void;
}

type Action = (room: AskGround, argument: unknown) => Promise<unknown>;

/** Every action that the Lead itself answers. */
const LEAD_ACTIONS = {
  lanes: async (room) => laneRows(await room.ground()),
  sessions: async (room) => sessionRows(await room.ground()),
  locks: async (room) => lockRows(await room.ground()),
  events: async (room) => eventRows(await room.ground()),
  transactions: async (room) => transactionRows(await room.ground()),
  kill_session: async (room, argument) => {
    const text = String(field(argument, "session_id", "number or text"));
    if (!/^\d{1,20}$/u.test(text) || !room.killSession(BigInt(text), "killed by SERVICE_CONTROL"))
      throw wrong(`There is no session ${text}.`);
    return { session_id: Number(text), killed: true };
  },
  kill_lane: async (room, argument) => {
    const label = String(field(argument, "lane", "text"));
    const lane = room.lane(label);
    if (lane === undefined) {
      if (label === room.leadLabel()) throw wrong("The Lead is there as long as its database is; it cannot be killed.");
      throw wrong(`There is no lane ${label}.`);
    }
    if (lane.resting) throw wrong(`The lane ${label} has no process that could be killed.`);
    room.killLane(lane, "killed by SERVICE_CONTROL");
    return { lane: label, killed: true };
  },
  scale: async (room, argument) => {
    const name = String(field(argument, "tag", "text"));
    const tag = laneTag(name);
    if (name === "lead") throw wrong("There is always one Lead; it cannot be scaled.");
    if (tag === undefined) throw wrong(`There is no kind of lane ${name}; there are ${LANE_TAGS.join(", ")}.`);
    const now = room.bounds(tag);
    const min = count(argument, "min") ?? now.min;
    const max = count(argument, "max") ?? Math.max(now.max, min);
    if (min > max) throw wrong(`The least number ${String(min)} is above the greatest ${String(max)}.`);
    room.scale(tag, { min, max });
    return { tag, min, max };
  },
} as const satisfies Readonly<Record<string, Action>>;

/** Carries out an action. @throws GrizzlyError WrongArguments when there is none of that name, or its argument does not fit. */
export async function leadAction(name: string, argument: unknown, room: AskGround): Promise<unknown> {
  if (Object.hasOwn(LEAD_ACTIONS, name)) return LEAD_ACTIONS[name as keyof typeof LEAD_ACTIONS](room, argument);
  throw new GrizzlyError("WrongArguments", `There is no action ${name}.`, {
    help: `There are ${[...LIFE_ACTIONS, ...Object.keys(LEAD_ACTIONS)].join(", ")}.`,
  });
}

/** Numbers of lanes that may be asked for. */
const SCALE_MAX = 99;

function count(argument: unknown, name: string): number | undefined {
  const value = member(argument, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > SCALE_MAX)
    throw wrong(`${name} is a whole number from 0 to ${String(SCALE_MAX)}.`);
  return value;
}

function field(argument: unknown, name: string, kind: "text" | "number or text"): string | number {
  const value = member(argument, name);
  if (typeof value === "string" || (kind !== "text" && typeof value === "number")) return value;
  throw wrong(`The action needs ${name}, a ${kind}.`);
}

function member(argument: unknown, name: string): unknown {
  if (typeof argument !== "object" || argument === null) return undefined;
  return (argument as Readonly<Record<string, unknown>>)[name];
}

function wrong(message: string): GrizzlyError {
  return new GrizzlyError("WrongArguments", message);
}
