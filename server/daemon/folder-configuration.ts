// The configuration of a folder: gobi.toml in it or the file that --config names, with the other sources.
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Environment } from "../../protocol/client/registry.ts";
import {
  type ConfigRequest,
  type LiveConfiguration,
  problemLines,
  type ReadConfiguration,
  readConfiguration,
} from "../config/configuration.ts";
import { hostChainProblem } from "../config/host-chain.ts";
import { CONFIG_FILE } from "./place.ts";

/** What is asked for. */
export interface FolderConfigurationOptions {
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly sets: readonly string[];
  readonly environment: Environment;
  readonly stored: Readonly<Record<string, string>>;
}

/** The request for a folder, for reading and for reloading. */
export function configRequest(options: FolderConfigurationOptions): ConfigRequest {
  const { folder, configFile, sets, environment, stored } = options;
  return {
    file: {
      path: configFile ?? join(folder, CONFIG_FILE),
      name: configFile ?? CONFIG_FILE,
      mustExist: configFile !== undefined,
    },
    environment,
    commandLine: sets,
    stored,
  };
}

/** Reads it, with all problems. */
export function readFolderConfiguration(options: FolderConfigurationOptions): ReadConfiguration {
  const read = readConfiguration(configRequest(options));
  const problem = hostChainProblem(options.folder, read.configuration, CONFIG_FILE);
  return problem === undefined ? read : { ...read, problems: [...read.problems, problem] };
}

/** The configuration, if nothing is wrong with it. @throws GrizzlyError WrongConfiguration with every problem in a line of its own. */
export function refuseProblems({ configuration, problems }: ReadConfiguration): LiveConfiguration {
  if (problems.length === 0) return configuration;
  throw new GrizzlyError("WrongConfiguration", problemLines(problems), {
    help: "gobi config check shows all of it; docs/reference/configuration.md lists the keys.",
  });
}
