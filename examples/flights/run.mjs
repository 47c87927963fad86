// npm run example: loads real flights into flights.db, checks and tests the procedures, stores them, runs the tour, calls one.
import { spawnSync } from "node:child_process";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { loadFlights } from "./load.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const gobic = join(here, "../../dist/cli/gobic.cjs");
const database = join(here, "flights.db");

/** Shows a command as one would type it, then runs it. */
function run(...args) {
  const words = args.map((arg) => (arg.startsWith(here) ? relative(process.cwd(), arg) : arg));
  console.log(`\n$ gobic ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, [gobic, ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const counts = loadFlights(database);
console.log(`${counts.airports} airports and ${counts.flights} flights are in examples/flights/flights.db`);
run("check", join(here, "flights.grz"), "--db", database);
run("test", join(here, "flights.test.grz"), "--db", database);
run("run", join(here, "flights.grz"), "--db", database);
run("run", join(here, "tour.grz"), "--db", database);
run("call", "busiest_routes", "ATL", "3", "--db", database);
