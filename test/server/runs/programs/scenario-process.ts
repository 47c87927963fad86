// The process of scenario.ts: FILE BOUNDARY. It dies at the boundary.
import { readSchedules } from "../../../../server/catalog/schedule-reading.ts";
import { sqliteEngine } from "../../../../storage/sqlite/engine.ts";
import { boundaries, live } from "./scenario.ts";

const [file = "", boundary = "0"] = process.argv.slice(2);
const look = sqliteEngine.connect({ target: file });
const schedules = readSchedules(look);
look.close();
await live(file, `life-${process.pid}`, schedules, boundaries(Number(boundary)));
