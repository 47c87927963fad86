#!/usr/bin/env node
// The gobic binary: hands the process's streams to cli/main.ts and sets the exit code.
import { main } from "./main.ts";
import { processContext } from "./process-context.ts";

const argv = process.argv.slice(2);
process.exitCode = await main(processContext(process, argv), argv);
