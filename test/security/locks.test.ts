// LOCK and who may: asked before the Lead keeps others out.
import { expect, it } from "vitest";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { connect } from "../../protocol/client/client.ts";
import { startTestDaemon } from "../support/daemon.ts";

it("GR-111: LOCK is refused before others are kept out, and does not tell which tables there are", async () => {
  const daemon = await startTestDaemon({
    script: `CREATE TABLE secret (id INT); CREATE TABLE mine (id INT); CREATE USER ann; GRANT UPDATE ON mine TO ann`,
  });
  const owner = await connect({ target: daemon.place.socket });
  const ann = await connect({ target: daemon.place.socket, user: "ann" });
  const locked = async (name: string): Promise<string> =>
    await ann.transaction(async (session) => {
      const refused = await session.execute(`LOCK ${name} NOWAIT`).then(
        () => "",
        (error: unknown) => (error instanceof GrizzlyError ? error.message : String(error)),
      );
      const [row] = await owner.query("SELECT count(*) AS n FROM system.locks WHERE object <> 'write'");
      return `${String(row?.["n"])} ${refused}`;
    });
  const refusal = "0 ann may not lock names in the database: GRANT LOCK ON DATABASE TO ann allows it.";
  try {
    for (const name of ["secret", "main.secret", "no_such_table", "temp.secret", "write"])
      expect(await locked(name), name).toBe(refusal);
    expect(await locked("mine")).toBe("1 ");
    expect(await locked("MAIN.Mine")).toBe("1 ");
    await owner.execute("GRANT LOCK ON DATABASE TO ann");
    expect(await locked("secret")).toBe("1 ");
  } finally {
    await ann.close();
    await owner.close();
    await daemon.stop();
  }
}, 30_000);
