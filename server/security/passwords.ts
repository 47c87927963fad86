// Passwords: kept as scrypt with a salt of their own, `scrypt$N$r$p$salt$key`. Comparing takes the same time whatever differs.
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from "node:crypto";

/** 32 MiB and some 60 ms for each guess. */
const COST = { N: 32_768, r: 8, p: 1 } as const;
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** What is kept of a password. */
export function passwordHash(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const key = scryptSync(password.normalize("NFC"), salt, KEY_BYTES, { ...COST, maxmem: MEMORY_BYTES_MAX });
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** A hash that no password has: for names that do not exist, so that these take as long as others. */
const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

/** Whether a password is the one of the hash; works beside the event loop. */
export function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, n, r, p, salt = "", key = ""] = (hash ?? NOBODY).split("$");
  const expected = Buffer.from(key, "base64url");
  const options = { N: Number(n), r: Number(r), p: Number(p), maxmem: MEMORY_BYTES_MAX };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), Buffer.from(salt, "base64url"), expected.length, options, (error, found) => {
      if (error !== null) reject(error);
      else resolve(timingSafeEqual(found, expected) && hash !== undefined);
    });
  });
}
