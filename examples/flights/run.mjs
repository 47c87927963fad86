// npm run example: loads real flights into flights.db, checks and tests the procedures, stores them, runs the tour, calls one;
// then the same with triggers, a pipeline and the nightly schedule.
import { spawnSync } from "node:child_process";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { loadFlights } from "./load.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const programs = join(here, "../../dist/cli");
const database = join(here, "flights.db");

/** Shows a command as one would type it, then runs it. */
function run(program, ...args) {
  const words = args.map((arg) => (arg.startsWith(here) ? relative(process.cwd(), arg) : arg));
  console.log(`\n$ ${program} ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join(programs, `${program}.cjs`), ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const counts = loadFlights(database);
console.log(`${counts.airports} airports and ${counts.flights} flights are in examples/flights/flights.db`);
run("gobic", "check", join(here, "flights.grz"), "--db", database);
run("gobic", "test", join(here, "flights.test.grz"), "--db", database);
run("gobic", "run", join(here, "flights.grz"), "--db", database);
run("gobic", "run", join(here, "tour.grz"), "--db", database);
run("gobic", "call", "busiest_routes", "ATL", "3", "--db", database);

run("gobic", "check", join(here, "automation.grz"), "--db", database);
run("gobic", "run", join(here, "automation.grz"), "--db", database);
run("gobic", "test", join(here, "automation.test.grz"), "--db", database);
run("gobic", "run", join(here, "automation-tour.grz"), "--db", database);
run("gobi", "schedules", "next", "nightly_flights", "-n", "3", "--db", database);
