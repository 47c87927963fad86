// Names of the sections of the terminal interface: what the command line accepts. What they hold stands in sections.ts.

/** Names of the sections, in their order. */
export const SECTION_NAMES = [
  "overview",
  "procedures",
  "functions",
  "triggers",
  "schedules",
  "pipelines",
  "runs",
  "sessions",
  "lanes",
  "locks",
  "logs",
  "events",
] as const;
/** A section. */
export type SectionName = (typeof SECTION_NAMES)[number];
