// Loads the flights and airports of vega-datasets into a new SQLite file. Plain better-sqlite3: this is the data that an airline would deliver.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";

const here = dirname(fileURLToPath(import.meta.url));
const data = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");

/** Splits a line of CSV; quotes may hold commas. */
function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map((match) =>
    (match[1] ?? match[2] ?? "").replaceAll('""', '"'),
  );
}

/** Makes the file anew and gives the number of airports and flights. */
export function loadFlights(file) {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.exec(readFileSync(join(here, "schema.sql"), "utf8"));
  const airports = readFileSync(join(data, "airports.csv"), "utf8").trim().split(/\r?\n/u).slice(1).map(cells);
  // One of the busiest airports is left out, so that there is something to reject.
  const known = airports.filter(([iata]) => iata !== "PHX");
  const flights = JSON.parse(readFileSync(join(data, "flights-20k.json"), "utf8"));
  const insertAirport = database.prepare("INSERT INTO airports VALUES (?, ?, ?, ?, ?, ?)");
  const insertFlight = database.prepare(
    "INSERT INTO flights_feed (departed_at, updated_at, origin, destination, distance, delay) VALUES (?, ?, ?, ?, ?, ?)",
  );
  database.transaction(() => {
    for (const [iata, name, city, state, , latitude, longitude] of known)
      insertAirport.run(
        iata,
        name,
        city === "NA" ? null : city,
        state === "NA" ? null : state,
        Number(latitude),
        Number(longitude),
      );
    for (const flight of flights) {
      const departed = `${flight.date.replaceAll("/", "-").replace(" ", "T")}:00.000000Z`;
      insertFlight.run(
        departed,
        departed,
        flight.origin,
        flight.destination,
        BigInt(flight.distance),
        flight.delay === null ? null : BigInt(flight.delay),
      );
    }
  })();
  database.close();
  return { airports: known.length, flights: flights.length };
}
