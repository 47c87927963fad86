// What values of several keys say together: one table of rules. A rule that is broken is told at the place of its key.
import { isLoopback } from "../../protocol/client/loopback.ts";
import type { ConfigKey } from "./keys.ts";
import type { ConfigValue } from "./values.ts";

/** One rule. */
export interface ConfigRule {
  /** Keys that it speaks of, the one to blame first. A broken rule is told at the place of the first that was given. */
  readonly keys: readonly ConfigKey[];
  /** The sentence when it is broken. */
  broken(get: (key: ConfigKey) => ConfigValue): string | undefined;
}

function less(key: ConfigKey, than: ConfigKey, words: string): ConfigRule {
  return {
    keys: [key, than],
    broken: (get) => (Number(get(key)) < Number(get(than)) ? undefined : `${key} must be ${words} ${than}.`),
  };
}

function notAbove(key: ConfigKey, most: ConfigKey): ConfigRule {
  return {
    keys: [key, most],
    broken: (get) => (Number(get(key) ?? 0) <= Number(get(most)) ? undefined : `${key} must not be above ${most}.`),
  };
}

function address(key: ConfigKey, example: string): ConfigRule {
  return {
    keys: [key],
    broken: (get) => {
      const given = get(key);
      if (given === undefined) return undefined;
      const port = HOST_AND_PORT.exec(String(given))?.[1];
      return port !== undefined && Number(port) <= 65_535
        ? undefined
        : `${key} must be host:port such as ${example}, not ${String(given)}.`;
    },
  };
}

/** `host:port`, IPv6 in brackets. */
export const HOST_AND_PORT = /^(?:\[[\da-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/iu;

/** Every rule. */
export const CONFIG_RULES: readonly ConfigRule[] = [
  less("scheduler.index_rebuild_interval", "scheduler.lookahead_window", "shorter than"),
  less("scheduler.pre_schedule_interval", "scheduler.lookahead_window", "shorter than"),
  notAbove("lanes.slow.min", "lanes.slow.max"),
  notAbove("lanes.medium.min", "lanes.medium.max"),
  notAbove("lanes.fast.min", "lanes.fast.max"),
  notAbove("lanes.cache.min", "lanes.cache.max"),
  notAbove("limits.deadline", "limits.deadline_max"),
  {
    keys: ["lanes.medium.min", "lanes.fast.min", "lanes.slow.min", "lanes.cache.min"],
    broken: (get) =>
      (["slow", "medium", "fast", "cache"] as const).some(
        (tag) => Number(get(`lanes.${tag}.min`) ?? 1) > 0 && Number(get(`lanes.${tag}.max`)) > 0,
      )
        ? undefined
        : "lanes.medium.min must be above zero when no other kind of lane is: somebody must do the work.",
  },
  address("listen.tcp", "127.0.0.1:7171"),
  address("gateway.listen", "127.0.0.1:8080"),
  {
    keys: ["listen.tls_cert", "listen.tls_key"],
    broken: (get) =>
      (get("listen.tls_cert") === undefined) === (get("listen.tls_key") === undefined)
        ? undefined
        : "listen.tls_cert and listen.tls_key belong together: one of them is missing.",
  },
  {
    keys: ["listen.tcp", "listen.tls_cert"],
    broken: (get) => {
      const given = String(get("listen.tcp") ?? "localhost:0");
      const port = HOST_AND_PORT.exec(given)?.[1];
      // What is no address at all is told by its own rule.
      if (port === undefined || get("listen.tls_cert") !== undefined) return undefined;
      return isLoopback(given.slice(0, -port.length - 1).replace(/^\[|\]$/gu, ""))
        ? undefined
        : "listen.tcp can be reached from other machines, which needs listen.tls_cert and listen.tls_key; 127.0.0.1 needs none.";
    },
  },
  {
    keys: ["name"],
    broken: (get) => {
      const name = get("name");
      return name === undefined || /^[\w][\w.-]{0,63}$/u.test(String(name))
        ? undefined
        : "name must be letters, digits, dots, dashes and underscores, at most 64.";
    },
  },
];
