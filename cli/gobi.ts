// The gobi program: administration of a database and its automation. Hands the process's streams to cli/main.ts and sets the exit code.
import { GOBI } from "./gobi/table.ts";
import { main } from "./main.ts";
import { processContext } from "./process-context.ts";

const argv = process.argv.slice(2);
// No top-level await: the bundle is CommonJS, which starts from a code cache.
void main(processContext(process, argv), argv, GOBI).then((exitCode) => {
  process.exitCode = exitCode;
});
