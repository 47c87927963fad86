// Reads cron texts for checks in tests: it is always the first of January 2026.
import type { CronPort } from "../../base/cron/fields.ts";
import { cronPort } from "../../server/scheduler/cron-library.ts";

/** A cron port whose time stands still. */
export const TEST_CRON: CronPort = cronPort(() => Date.UTC(2026, 0, 1));
