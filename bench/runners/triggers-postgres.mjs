// The same triggers in PL/pgSQL: triggers-postgres.mjs audit|set DATABASE (a name or URL for psql). Prints {"ms": …, "result": …}: the median of five runs by psql's own clock.
import { spawnSync } from "node:child_process";

const ROWS = 100_000;
const [, , work, database] = process.argv;
const FUNCTION = {
  audit: "INSERT INTO audit (what, amount) VALUES ('insert ' || NEW.name, NEW.amount); RETURN NULL;",
  set: "IF NEW.amount < 0 THEN RETURN NULL; END IF; NEW.label := upper(NEW.name); RETURN NEW;",
}[work];
const RESULT =
  "SELECT count(*) || ' ' || sum(amount) || ' ' || count(label) || ' ' || (SELECT count(*) || ' ' || coalesce(sum(amount), 0) FROM audit) FROM orders";
const RUN = `TRUNCATE orders, audit;
\\timing on
INSERT INTO orders (id, customer_id, name, amount, created_at, note) SELECT id, customer_id, name, amount, created_at, note FROM source;
\\timing off
`;
const script = `SET client_min_messages = error;
CREATE TEMP TABLE source (id int PRIMARY KEY, customer_id int, name text, amount bigint, created_at text, note text);
CREATE TEMP TABLE orders (id int PRIMARY KEY, customer_id int, name text, amount bigint, created_at text, note text, label text);
CREATE INDEX ON orders (customer_id);
CREATE TEMP TABLE audit (id serial PRIMARY KEY, what text, amount bigint);
INSERT INTO source SELECT i, (i * 7919::bigint) % 20011, 'name ' || i, i * 3, '2026-01-31T12:00:00.000000Z', 'a note of some length about order number ' || i FROM generate_series(1, ${ROWS}) i;
CREATE FUNCTION pg_temp.work() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${FUNCTION} END $$;
CREATE TRIGGER work ${work === "audit" ? "AFTER" : "BEFORE"} INSERT ON orders FOR EACH ROW EXECUTE FUNCTION pg_temp.work();
${RUN.repeat(7)}
${RESULT};
`;
const { status, stdout, stderr } = spawnSync("psql", ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", database], {
  input: script,
  encoding: "utf8",
});
if (status !== 0) {
  process.stderr.write(stderr);
  process.exit(1);
}
const times = [...stdout.matchAll(/^Time: ([\d.]+) ms/gm)].map((match) => Number(match[1])).slice(2);
const result = stdout.trim().split("\n").at(-1);
console.log(JSON.stringify({ ms: times.sort((left, right) => left - right)[2], result }));
