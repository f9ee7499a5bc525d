import { createHash, createHmac } from "node:crypto";
import type { ScramKeys } from "../base/store.ts";
import type { World } from "../base/world.ts";

const saltBytes = 16;

/** RFC 5802 §3 for both hashes, each with a salt of its own; the slow part runs off the main thread. */
export async function passwordKeys(
  doors: Pick<World, "derive" | "random">,
  prepared: string,
  iterations: number,
): Promise<readonly ScramKeys[]> {
  const keys: ScramKeys[] = [];
  for (const hash of ["SHA-256", "SHA-1"] as const) {
    const salt = doors.random.bytes(saltBytes);
    const salted = await doors.derive.pbkdf2(prepared, salt, iterations, hash);
    const name = hash === "SHA-256" ? "sha256" : "sha1";
    const hmac = (text: string) => createHmac(name, salted).update(text).digest();
    const storedKey = createHash(name).update(hmac("Client Key")).digest();
    keys.push({ hash, iterations, salt, storedKey, serverKey: hmac("Server Key") });
  }
  return keys;
}
