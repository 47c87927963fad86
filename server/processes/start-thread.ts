// Starts a thread of this process from the sources or from dist/, as the process itself was started.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { type ChildEntryName, childEntry } from "./child-entry.ts";

/** Starts a thread. */
export function startThread(name: ChildEntryName, options: WorkerOptions): Worker {
  const { file } = childEntry(name);
  if (!file.endsWith(".ts")) return new Worker(file, options);
  // `--import tsx` does nothing in a thread, so that the thread itself asks for it.
  const description = createRequire(import.meta.url).resolve("tsx/package.json");
  const loader = join(dirname(description), "dist/esm/api/index.mjs");
  const [api, entry] = [loader, file].map((path) => JSON.stringify(pathToFileURL(path).href));
  const code = `import(${api ?? ""}).then(({ register }) => { register(); return import(${entry ?? ""}); })`;
  return new Worker(code, { ...options, eval: true, execArgv: [] });
}
