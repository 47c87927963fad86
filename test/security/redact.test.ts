// Secrets in texts that are kept or shown: tokens by their beginning, passwords by the word before them, also where a text was cut off.
import { expect, it } from "vitest";
import { redactSecrets } from "../../base/redact.ts";

it.each([
  ["CREATE USER ann PASSWORD 'it''s secret'; SELECT 1", "CREATE USER ann PASSWORD '***'; SELECT 1"],
  ['alter user ann password "secret"', "alter user ann password '***'"],
  ["CREATE USER ann PASSWORD 'secr", "CREATE USER ann PASSWORD '***'"],
  ["connect({password: 'secret', user: 'ann'})", "connect({password: '***', user: 'ann'})"],
  ["token gbz_abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE was wrong", "token gbz_*** was wrong"],
  ["the token gbz_abc", "the token gbz_***"],
  ["ALTER USER ann NO PASSWORD", "ALTER USER ann NO PASSWORD"],
  ["SELECT password FROM accounts WHERE name = 'x'", "SELECT password FROM accounts WHERE name = 'x'"],
  ["nothing to hide", "nothing to hide"],
])("%s", (text, shown) => {
  expect(redactSecrets(text)).toBe(shown);
});
