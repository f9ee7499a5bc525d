import { pbkdf2 } from "node:crypto";
import type { Derive } from "../base/derive.ts";

const digests = { "SHA-1": ["sha1", 20], "SHA-256": ["sha256", 32] } as const;

/**
 * Password hashing in the platform's thread pool. At most `atOnceMax` run at a time (limits.hashingAtOnceMax): the pool
 * also reads files, and a flood of sign-ins must not keep it from that. The rest wait in order.
 */
export function threadPoolDerive(atOnceMax: number): Derive {
  const waiting: (() => void)[] = [];
  let running = 0;

  function next(): void {
    running--;
    waiting.shift()?.();
  }

  return {
    pbkdf2: (password, salt, iterations, hash) =>
      new Promise((resolve, reject) => {
        const [digest, bytes] = digests[hash];
        const start = (): void => {
          running++;
          const done = (error: Error | null, key: Uint8Array): void => {
            next();
            if (error === null) resolve(key);
            else reject(error);
          };
          try {
            pbkdf2(password, salt, iterations, bytes, digest, done);
          } catch (error) {
            next(); // an impossible argument is refused before any work begins
            reject(error);
          }
        };
        if (running < atOnceMax) start();
        else waiting.push(start);
      }),
  };
}
