// The examples of docs/gateway.md: each request gives the answer that stands below it.
import { expect, it } from "vitest";
import { blocksOf } from "../docs/examples.ts";
import { startGateway } from "./support.ts";

const blocks = (language: string): readonly string[] =>
  blocksOf("docs/gateway.md")
    .filter((block) => block.language === language)
    .map(({ text }) => text);

const SCRIPT = `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id int, total decimal(10, 2));
INSERT INTO orders VALUES (1, 7, 9.50);
upsert function discount(total int) returns int { return total / 10 }
CREATE USER ann; GRANT EXECUTE ON FUNCTION discount TO ann`;

it("requests give the answers that the guide shows", async () => {
  const gateway = await startGateway({ script: SCRIPT, queries: blocks("sql").join("\n") });
  try {
    const examples = blocks("http");
    expect(examples.length).toBeGreaterThan(2);
    const headers = { authorization: `Bearer ${gateway.token("ann")}` };
    for (const example of examples) {
      const [request = "", ...rest] = example.trim().split("\n");
      const [method = "", path = ""] = request.split(" ");
      const status = rest.findIndex((line) => /^\d{3}$/u.test(line));
      const body = rest.slice(0, status).join("");
      const answer =
        method === "GET" ? await gateway.get(path, headers) : await gateway.send(method, path, body, headers);
      expect(answer.json, request).toMatchObject(JSON.parse(rest.slice(status + 1).join("")) as object);
      expect(answer.status, request).toBe(Number(rest[status]));
    }
  } finally {
    await gateway.stop();
  }
}, 30_000);
