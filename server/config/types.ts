// What a configuration offers to the parts of the daemon: types only.
import type { ConfigKey, ConfigValueOf } from "./keys.ts";

/** Where values come from, strongest first. */
export const CONFIG_SOURCES = ["command line", "environment", "file", "database", "default"] as const;
export type ConfigSource = (typeof CONFIG_SOURCES)[number];

/** Where one value came from. */
export interface ConfigOrigin {
  readonly source: ConfigSource;
  /** The place: `gobi.toml:12`, the variable's name; empty where there is none. */
  readonly place: string;
}

/** All values as they hold now. After a reload the same object gives the new ones. */
export interface Configuration {
  get<K extends ConfigKey>(key: K): ConfigValueOf<K>;
  origin(key: ConfigKey): ConfigOrigin;
}
