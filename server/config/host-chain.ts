// Follows gateway.host_database from folder to folder: a chain that goes in a circle, or leads to a folder that holds no database, is a mistake of the configuration.
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ConfigProblem } from "./file.ts";
import { readConfiguration } from "./configuration.ts";
import type { Configuration } from "./types.ts";

const KEY = "gateway.host_database";

/** What is wrong with the chain of hosts that begins at a folder; its own configuration is given. */
export function hostChainProblem(
  folder: string,
  configuration: Configuration,
  configName: string,
): ConfigProblem | undefined {
  const { place } = configuration.origin(KEY);
  const wrong = (message: string): ConfigProblem => ({ key: KEY, place, message: `${KEY} ${message}` });
  const chain = [real(folder)];
  let host = configuration.get(KEY);
  while (host !== undefined) {
    const next = real(resolve(chain.at(-1) ?? folder, host));
    if (chain.includes(next)) return wrong(`goes in a circle: ${[...chain, next].join(" -> ")}.`);
    chain.push(next);
    if (statSync(next, { throwIfNoEntry: false })?.isDirectory() !== true)
      return wrong(`leads to ${next}, which is no folder: somebody must hold the templates.`);
    const read = readConfiguration({
      file: { path: join(next, configName), name: join(next, configName), mustExist: false },
      environment: {},
      commandLine: [],
      stored: {},
    }).configuration;
    host = read.get(KEY);
    if (
      host === undefined &&
      !existsSync(join(next, configName)) &&
      !existsSync(resolve(next, read.get("database.file")))
    )
      return wrong(`leads to ${next}, which holds no database: somebody must hold the templates.`);
  }
  return undefined;
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
