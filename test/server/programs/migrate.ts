// Makes the catalog of a database in one transaction; several of these run at once.
import { ensureCatalog } from "../../../server/catalog/schema.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";

const connection = sqliteEngine.connect({ target: process.argv[2] ?? "", busyTimeoutMs: 60_000 });
connection.begin("immediate");
ensureCatalog({ connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() });
connection.commit();
connection.close();
