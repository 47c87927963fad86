// The metrics of the daemon: one table of names with type and meaning, values as samples, and the text format of Prometheus.
// Parts give samples; a sample of a name that is no row does not compile.

interface MetricRow {
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Every metric. */
export const METRICS = {
  gobi_up_seconds: { type: "gauge", help: "Seconds since the daemon started." },
  gobi_info: { type: "gauge", help: "Always 1; the version is a label.", labels: ["version"] },
  gobi_memory_bytes: { type: "gauge", help: "Resident memory of the Lead." },
  gobi_cpu_seconds_total: { type: "counter", help: "Processor time of the Lead.", labels: ["mode"] },
  gobi_restarts_total: { type: "counter", help: "Times that the supervisor has started the daemon again." },
  gobi_log_lines_total: { type: "counter", help: "Lines written to the log.", labels: ["level"] },
  gobi_log_lost_total: { type: "counter", help: "Lines that could not be written to the log." },
  gobi_sessions: { type: "gauge", help: "Sessions." },
  gobi_connections_total: { type: "counter", help: "Connections that were accepted." },
  gobi_connections_refused_total: { type: "counter", help: "Connections that got no session.", labels: ["reason"] },
  gobi_lanes: { type: "gauge", help: "Lanes.", labels: ["tag"] },
  gobi_lane_memory_bytes: { type: "gauge", help: "Resident memory of a lane.", labels: ["lane"] },
  gobi_lane_restarts_total: { type: "counter", help: "Lanes that were replaced." },
  gobi_requests_total: { type: "counter", help: "Requests that have ended.", labels: ["lane", "outcome"] },
  gobi_requests_waiting: { type: "gauge", help: "Requests that wait in a lane.", labels: ["lane"] },
  gobi_cache_hits_total: { type: "counter", help: "Answers from the cache.", labels: ["lane"] },
  gobi_cache_misses_total: { type: "counter", help: "Answers that the cache did not have.", labels: ["lane"] },
  gobi_cache_answers: { type: "gauge", help: "Answers that a cache holds.", labels: ["lane"] },
  gobi_events_total: { type: "counter", help: "Events: each change is one, whoever hears of it.", labels: ["topic"] },
  gobi_event_deliveries_total: {
    type: "counter",
    help: "Events that came to a consumer: the cache of a lane, the terminal interface, another subscription.",
    labels: ["topic", "consumer"],
  },
  gobi_automation_restarts_total: { type: "counter", help: "Times that automation was started again." },
  gobi_automation_leading: { type: "gauge", help: "1 while this daemon runs the schedules." },
  gobi_automation_active_runs: { type: "gauge", help: "Runs at work." },
  gobi_automation_memory_bytes: { type: "gauge", help: "Resident memory of the automation." },
  gobi_scheduler_total: {
    type: "counter",
    help: "Counters of system.scheduler_stats over all periods that are kept.",
    labels: ["counter"],
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** One value. */
export interface Sample {
  readonly name: MetricName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples in the text format of Prometheus, grouped by metric in the table's order. */
export function metricsText(samples: readonly Sample[]): string {
  const lines: string[] = [];
  for (const [name, row] of Object.entries(METRICS)) {
    const own = samples.filter((sample) => sample.name === name);
    if (own.length === 0) continue;
    lines.push(`# HELP ${name} ${row.help}`, `# TYPE ${name} ${row.type}`);
    for (const { labels, value } of own) lines.push(`${name}${labelsText(labels)} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelsText(labels: Sample["labels"]): string {
  const parts = Object.entries(labels ?? {}).map(
    ([label, value]) => `${label}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}
