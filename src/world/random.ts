import { randomBytes, randomFillSync, randomInt } from "node:crypto";
import type { Random } from "../base/random.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const idLength = 20; // 119 bits
const poolBytes = 4096;
/** The largest multiple of the alphabet's size a byte can hold: higher bytes are thrown away, so no letter is likelier. */
const fair = 256 - (256 % alphabet.length);

/** Chance from the operating system, by way of OpenSSL's generator. */
export function systemRandom(): Random {
  const pool = Buffer.allocUnsafe(poolBytes);
  let used = poolBytes;

  function byte(): number {
    if (used === poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const value = pool[used] ?? 0;
    pool[used++] = 0; // a byte given out is not kept
    return value;
  }

  function id(): string {
    let text = "";
    while (text.length < idLength) {
      const value = byte();
      if (value < fair) text += alphabet[value % alphabet.length];
    }
    return text;
  }

  return { bytes: (count) => randomBytes(count), below: (limit) => randomInt(limit), id };
}
