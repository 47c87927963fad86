// The constraints of a schedule that names none: what reading starts from, and what tests and benches change.
import type { ConstraintDefinition } from "./types.ts";

/** No constraint at all; what is due while another run is at work goes on beside it. */
export const NO_CONSTRAINTS: ConstraintDefinition = {
  setId: "",
  maxConcurrentRuns: undefined,
  overlap: "skip",
  catchUp: false,
  catchUpWindowMs: undefined,
  catchUpPolicy: "all",
  maxExpectedRunMs: undefined,
  maxAllowedRunMs: undefined,
  preRunHook: undefined,
  postRunHook: undefined,
  requirePreviousSuccess: undefined,
  recheckOnRetry: [],
  failMode: "closed",
  maxRunsPerHour: undefined,
  registered: [],
};
