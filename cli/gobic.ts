// The gobic program: hands the process's streams to cli/main.ts and sets the exit code.
// Started by cli/launcher.cjs from the bundle, or directly from the sources.
import { main } from "./main.ts";
import { processContext } from "./process-context.ts";

const argv = process.argv.slice(2);
// No top-level await: the bundle is CommonJS, which starts from a code cache.
void main(processContext(process, argv), argv).then((exitCode) => {
  process.exitCode = exitCode;
});
