import { pbkdf2Sync } from "node:crypto";
import { hex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Derive } from "../base/derive.ts";

/** Password hashing that takes `ms` of simulated time. Each question is worked out once; tests choose few iterations. */
export function simDerive(clock: Clock, ms = 1): Derive {
  const known = new Map<string, Uint8Array>();
  return {
    pbkdf2: (password, salt, iterations, hash) =>
      new Promise((resolve, reject) => {
        clock.after(ms, () => {
          try {
            const key = [hash, iterations, hex(salt), password].join(" ");
            const [digest, length] = hash === "SHA-1" ? (["sha1", 20] as const) : (["sha256", 32] as const);
            const derived = known.get(key) ?? pbkdf2Sync(password, salt, iterations, length, digest);
            known.set(key, derived);
            resolve(Uint8Array.from(derived));
          } catch (error) {
            reject(error);
          }
        });
      }),
  };
}
