// Functions of a session inside SQL that need its clock, its random numbers or its tables of types.
import { sqliteColumnType } from "../../base/sqlite-types.ts";
import { intOf } from "../../base/value/column.ts";
import type { Connection } from "../../storage/engine.ts";
import type { Host } from "../../vm/host.ts";
import type { RandomSource } from "../host/random.ts";

/** Defines them; random numbers come from the same port as in code. */
export function defineWorldFunctions(
  connection: Connection,
  host: Host,
  random: RandomSource,
  daemonRows: (table: string) => string,
): void {
  // For the views behind system.lanes and its kin.
  connection.defineFunction({
    name: "gobi_daemon_rows",
    parameterCount: 1,
    deterministic: false,
    result: "string",
    parameters: ["string"],
    call: (table) => daemonRows(typeof table === "string" ? table : ""),
  });
  // For the view behind system.columns.
  connection.defineFunction({
    name: "gobi_type_name",
    parameterCount: 1,
    deterministic: true,
    result: "string",
    parameters: ["string"],
    call: (declared) => sqliteColumnType(typeof declared === "string" ? declared : "").type ?? null,
  });
  // SQLite's own random() gives 64 bits; so does this one, but from the recorded generator.
  connection.defineFunction({
    name: "random",
    parameterCount: 0,
    deterministic: false,
    result: "int",
    parameters: [],
    call: () => {
      const high = BigInt(Math.floor(host.random() * 2 ** 32));
      const low = BigInt(Math.floor(random.next() * 2 ** 32));
      return intOf(BigInt.asIntN(64, (high << 32n) | low));
    },
  });
}
