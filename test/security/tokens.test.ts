// Tokens: shown once, kept as a hash, with scopes, an end and revocation; users who are disabled or dropped; rights to hand on.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OWNER } from "../../server/security/types.ts";
import { tokenByHash, tokenHash } from "../../server/security/tokens.ts";
import { TEST_NOW_MICROS } from "../session.ts";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
INSERT INTO orders VALUES (1, 10);
upsert procedure hello () returns int { return SELECT count(total) FROM orders }
upsert procedure other () returns int { return 2 }
CREATE USER ann; CREATE USER bob;
GRANT SELECT, INSERT ON TABLE orders TO ann;
GRANT EXECUTE ON PROCEDURE hello, other TO ann;
`;

/** The token that a statement shows. */
function shown(answer: string): string {
  return /gbz_[\w-]{43}/u.exec(answer)?.[0] ?? "";
}

it("GR-122: is shown once, and only its hash is in the database", () => {
  const { owner, file } = town(SCRIPT);
  const answer = owner.run("CREATE TOKEN laptop FOR ann");
  const token = shown(answer);
  expect(token).toHaveLength(47);
  expect(tokenByHash(owner.session.connection, tokenHash(token))).toMatchObject({ name: "laptop", revoked: false });
  const rest = ["LIST TOKENS", "SELECT * FROM system.api_tokens", "SELECT * FROM system.audit_log"]
    .map(owner.run)
    .join();
  expect(rest).toContain("laptop");
  expect(rest).not.toContain(token);
  expect(rest).not.toContain(tokenHash(token));
  owner.run("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(readFileSync(file).includes(Buffer.from(token))).toBe(false);
  expect(owner.run("CREATE TOKEN laptop FOR ann")).toMatch(/^AlreadyExists/);
  expect(owner.run("CREATE TOKEN laptop")).toMatch(/^WrongArguments: CREATE TOKEN needs FOR/);
});

it.each([
  [
    "read",
    ["SELECT total FROM orders"],
    ["INSERT INTO orders VALUES (2, 3)", "CALL hello()", "CREATE TABLE t (a INT)"],
  ],
  ["read:orders", ["SELECT total FROM orders"], ["CALL other()"]],
  ["write", ["INSERT INTO orders VALUES (2, 3)"], ["SELECT total FROM orders"]],
  // What a routine does inside is not limited by the token.
  ["call:hello", ["CALL hello()"], ["CALL other()", "SELECT total FROM orders"]],
  ["call", ["CALL hello()", "CALL other()"], ["SELECT total FROM orders"]],
])("GR-122: scope %s", (scope, allowed, refused) => {
  const { as } = town(SCRIPT);
  const ann = as("ann", { scopes: [scope] });
  for (const text of allowed) expect(ann.run(text), text).not.toMatch(/Denied/);
  for (const text of refused)
    expect(ann.run(text), text).toMatch(/^PermissionDenied: The token of ann may not .*: its scopes are/);
  expect(ann.run("GRANT SELECT ON orders TO bob")).toMatch(/^PermissionDenied: GRANT needs a token without scopes/);
  expect(ann.run("CREATE TOKEN more FOR ann")).toMatch(/^PermissionDenied/);
});

it("GR-122: scopes limit an administrator too", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT admin TO ann");
  const ann = as("ann", { scopes: ["read"] });
  expect(ann.run("SELECT total FROM orders")).toBe("10");
  expect(ann.run("DELETE FROM orders")).toMatch(/^PermissionDenied: The token of ann/);
  expect(ann.run("PRAGMA user_version")).toMatch(
    /^PermissionDenied: PRAGMA is for administrators, and ann has a token with scopes/,
  );
});

it("GR-122: ends at its time, and when it is revoked, its user disabled or dropped", () => {
  const { owner, as, open } = town(SCRIPT);
  const token = shown(owner.run("CREATE TOKEN laptop FOR ann EXPIRES IN '1 hour'"));
  const stored = tokenByHash(owner.session.connection, tokenHash(token));
  expect(stored?.expiresAtMs).toBe(TEST_NOW_MICROS / 1000 + 3_600_000);
  let nowMicros = TEST_NOW_MICROS;
  const principal = {
    ...OWNER,
    userId: stored?.userId ?? "",
    name: "ann",
    superuser: false,
    tokenId: stored?.id ?? "",
  };
  const clock = { nowMicros: () => nowMicros, elapsedMs: () => 0 };
  const ann = open(principal, { clock });
  expect(ann.run("SELECT total FROM orders")).toBe("10");
  nowMicros += 3_599_999_000;
  expect(ann.run("SELECT total FROM orders")).toBe("10");
  nowMicros += 1_000;
  expect(ann.run("SELECT total FROM orders")).toBe("PermissionDenied: The token of this session has expired.");
  nowMicros = TEST_NOW_MICROS;
  expect(owner.run("REVOKE TOKEN laptop FOR ann")).toBe("token laptop revoked");
  expect(ann.run("SELECT total FROM orders")).toBe("PermissionDenied: The token of this session was revoked.");
  expect(ann.session.call("other", [])).toMatchObject({ kind: "failed", error: { code: "PermissionDenied" } });
  const other = as("ann");
  expect(other.run("SELECT total FROM orders")).toBe("10");
  owner.run("ALTER USER ann DISABLE");
  expect(other.run("SELECT total FROM orders")).toBe("PermissionDenied: The user ann is disabled or was dropped.");
  owner.run("ALTER USER ann ENABLE");
  expect(other.run("SELECT total FROM orders")).toBe("10");
  owner.run("DROP USER ann; CREATE USER ann; GRANT SELECT ON TABLE orders TO ann");
  expect(other.run("SELECT total FROM orders")).toMatch(/dropped/);
});

it.each([
  ["EXPIRES IN 'soon'", "WrongArguments: EXPIRES IN takes an interval, or a text such as '30 days'."],
  ["EXPIRES AT TIMESTAMP '2020-01-01 00:00:00'", "WrongArguments: The token would have expired already."],
  ["EXPIRES IN INTERVAL '0 days'", "WrongArguments: The token would have expired already."],
])("refuses %s", (clause, message) => {
  const { owner } = town(SCRIPT);
  expect(owner.run(`CREATE TOKEN t FOR ann ${clause}`)).toBe(message);
});

it("everybody makes and revokes the own tokens, administrators all", () => {
  const { as } = town(SCRIPT);
  const bob = as("bob");
  expect(shown(bob.run("CREATE TOKEN mine"))).not.toBe("");
  expect(bob.run("CREATE TOKEN theirs FOR ann")).toMatch(
    /^PermissionDenied: CREATE TOKEN for another user is for administrators/,
  );
  expect(bob.run("LIST TOKENS")).toMatch(/^mine\|bob/);
  expect(as("ann").run("LIST TOKENS")).toBe("");
  expect(bob.run("REVOKE TOKEN mine")).toBe("token mine revoked");
  expect(bob.run("REVOKE TOKEN mine")).toBe("NoSuchObject: bob has no token named mine.");
  expect(bob.run("ALTER USER bob PASSWORD 'my own password'")).toBe("user bob changed");
  expect(bob.run("ALTER USER ann PASSWORD 'not my password'")).toMatch(/^PermissionDenied/);
  expect(bob.run("ALTER USER bob PASSWORD 'short'")).toMatch(/^WrongArguments/);
});
