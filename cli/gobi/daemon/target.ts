// Which mounted folder a command means: its argument (a folder, or a name from `gobi daemon list`), GOBI_HOME, the folder around the current one,
// the only daemon that runs, the folder registered by `gobi init --global`; in this order.
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readRegistry, runtimeFolder } from "../../../protocol/client/registry.ts";
import { defaultFolder } from "../../../server/daemon/default-folder.ts";
import { pidFilePath } from "../../../server/daemon/pid-file.ts";
import { CONFIG_FILE } from "../../../server/daemon/place.ts";
import { type CommandContext, UsageError } from "../../commands/context.ts";

/** The folder, links resolved; undefined when nothing names one. @throws UsageError for an argument that names nothing, or when several are meant. */
export function targetFolder(context: CommandContext, argument: unknown): string | undefined {
  if (typeof argument === "string") return named(context, argument);
  const { environment, cwd } = context;
  const home = environment["GOBI_HOME"];
  if (home !== undefined && home !== "") return real(resolve(cwd, home));
  const around = folderAround(cwd);
  if (around !== undefined) return around;
  const running = readRegistry(runtimeFolder(environment));
  if (running.length > 1)
    throw new UsageError(
      `several daemons run: ${running.map((entry) => entry.instance).join(", ")}; name one, or its folder.`,
    );
  return running[0]?.folder ?? defaultFolder(environment);
}

/** As `targetFolder`, but something must be named. @throws UsageError. */
export function neededFolder(context: CommandContext, argument: unknown): string {
  const folder = targetFolder(context, argument);
  if (folder === undefined)
    throw new UsageError("name a folder; no daemon runs, and no folder is registered (gobi init --global <folder>).");
  return folder;
}

function named(context: CommandContext, argument: string): string {
  const path = resolve(context.cwd, argument);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return real(path);
  const running = readRegistry(runtimeFolder(context.environment));
  const matching = running.filter((entry) => entry.instance === argument || entry.name === argument);
  const [only, second] = matching;
  if (only === undefined)
    throw new UsageError(`there is no folder ${argument}, and no running daemon of that name (see gobi daemon list).`);
  if (second !== undefined)
    throw new UsageError(
      `several daemons have the name ${argument}: ${matching.map((entry) => entry.instance).join(", ")}.`,
    );
  return only.folder;
}

/** The nearest folder above that is, was or could be mounted. */
function folderAround(cwd: string): string | undefined {
  for (let at = real(cwd); ; at = dirname(at)) {
    if (existsSync(pidFilePath(at)) || existsSync(join(at, CONFIG_FILE))) return at;
    if (dirname(at) === at) return undefined;
  }
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
