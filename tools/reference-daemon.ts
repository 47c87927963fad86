// Reference pages about the daemon: keys of gobi.toml and metrics, made from their tables.
import { CONFIG_KEY_NAMES } from "../server/config/configuration.ts";
import { configRow, variableOf } from "../server/config/keys.ts";
import { printValue, typeInWords } from "../server/config/values.ts";
import { METRICS } from "../server/daemon/metrics.ts";
import { page, type Page, table } from "./reference-page.ts";

/** Keys of gobi.toml. */
export function configurationPage(): Page {
  const rows = CONFIG_KEY_NAMES.flatMap((key) => {
    const row = configRow(key);
    if (row === undefined) return [];
    return [
      [
        `\`${key}\``,
        typeInWords(row),
        row.default === undefined || (Array.isArray(row.default) && row.default.length === 0)
          ? ""
          : `\`${printValue(row, row.default)}\``,
        row.reloadable === true ? "reload" : "restart",
        row.stored === true ? "yes" : "",
        `\`${variableOf(key)}\``,
        row.doc,
      ],
    ];
  });
  return page(
    "configuration.md",
    "Configuration of the daemon",
    "server/config/keys.ts",
    "Keys of `gobi.toml` in a mounted folder. The first of these that gives a value holds: `--set key=value` on the command line, the environment variable, the file, the database (`gobi settings`, only keys marked so), the default.",
    "`${env.X}` in a text of the file stands for the environment variable `X`.",
    "",
    table(["key", "value", "default", "changed by", "in the database", "environment", "meaning"], rows),
  );
}

/** Metrics of the daemon. */
export function metricsPage(): Page {
  const rows = Object.entries(METRICS).map(([name, row]) => [
    `\`${name}\``,
    row.type,
    "labels" in row ? row.labels.map((label) => `\`${label}\``).join(", ") : "",
    row.help,
  ]);
  return page(
    "metrics.md",
    "Metrics of the daemon",
    "server/daemon/metrics.ts",
    "`gobi metrics` prints them in the text format of Prometheus.",
    "",
    table(["metric", "type", "labels", "meaning"], rows),
  );
}
