import { hash } from "node:crypto";
import { sameBytes } from "../base/bytes.ts";
import type { Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Credentials } from "./digest.ts";

const timeBytes = 6;
const chanceBytes = 8;
const plainBytes = timeBytes + chanceBytes;
const macBytes = 16;
/** A multiple of 3: Base64 without padding, so that one nonce has one spelling. */
const nonceBytes = plainBytes + macBytes;
const nonceCharacters = (nonceBytes / 3) * 4;

const blockBytes = 64;
const hashBytes = 32;
/** More than any address has. */
const sourceBytesMax = 64;
/** Counts so far behind the highest may still come, once each: requests overtake each other over UDP. */
const windowSize = 32;
/** Proofs of RFC 2069 one nonce is good for. */
const proofsMax = 32;

/** What one nonce has been used for. */
type Uses = {
  readonly madeAt: number;
  /** The address it was judged good for. */
  readonly source: string;
  /** The highest count, and a bit for each of the 32 counts from it downwards. */
  highest: number;
  window: number;
  /** Responses without a count, as bytes in Latin-1. */
  proofs: Set<string> | undefined;
};

/**
 * Nonces, and what they have been used for (RFC 7616 §3.3, §3.4.5, §5.5). A nonce is its time, a random number and an HMAC over
 * both and the sender's address: it is known again without having been remembered, so challenges cost one hash and no
 * memory. Only a nonce with which somebody proved who they are is remembered, until it is too old to be taken.
 *
 * The secret is that of one process: whoever forgets the uses must not take the old nonces. `now` is milliseconds of any one
 * clock, the same in all calls; best one that is never set.
 */
export class Nonces {
  readonly #nonceMs: number;
  readonly #usedMax: number;
  readonly #inner: Buffer;
  readonly #outer: Buffer;
  readonly #used = new Map<string, Uses>();
  /** Nonces made at this moment or before are not taken any more, whatever their age. */
  #floorMs = -1;

  /** `secret`: 16 to 64 random bytes. */
  constructor(secret: Uint8Array, limits: Pick<Limits, "sipNonceMs" | "sipNoncesMax">) {
    this.#nonceMs = limits.sipNonceMs;
    this.#usedMax = limits.sipNoncesMax;
    this.#inner = Buffer.alloc(blockBytes + plainBytes + sourceBytesMax, 0x36);
    this.#outer = Buffer.alloc(blockBytes + hashBytes, 0x5c);
    for (const [at, byte] of secret.subarray(0, blockBytes).entries()) {
      this.#inner[at] = 0x36 ^ byte;
      this.#outer[at] = 0x5c ^ byte;
    }
  }

  /** Nonces whose uses are remembered. */
  get remembered(): number {
    return this.#used.size;
  }

  /** A new nonce, 40 characters of base64url. `source`: the address it is for, without port. */
  make(now: number, random: Pick<Random, "bytes">, source = ""): string {
    const nonce = Buffer.alloc(nonceBytes);
    nonce.writeUIntBE(Math.max(0, Math.floor(now)), 0, timeBytes);
    nonce.set(random.bytes(chanceBytes), timeBytes);
    nonce.write(this.#mac(nonce, source), plainBytes, "latin1");
    return nonce.toString("base64url");
  }

  /**
   * Whether a nonce may be used: it was made here, for that address, not too long ago. What is not ours is called stale too: it
   * may be from before a restart, or the client's address has changed, and nobody should have to type their password for that.
   */
  judge(nonce: string, now: number, source = ""): "good" | "stale" {
    if (nonce.length !== nonceCharacters) return "stale";
    const uses = this.#used.get(nonce);
    // It was judged good for that address before; only its age is another.
    if (uses !== undefined && uses.source === source) return this.#isWorn(uses.madeAt, now) ? "stale" : "good";
    const bytes = Buffer.from(nonce, "base64url");
    if (bytes.length !== nonceBytes || bytes.toString("base64url") !== nonce) return "stale";
    const madeAt = bytes.readUIntBE(0, timeBytes);
    if (this.#isWorn(madeAt, now)) return "stale";
    const mac = Buffer.from(this.#mac(bytes, source), "latin1");
    return sameBytes(mac, bytes.subarray(plainBytes)) ? "good" : "stale";
  }

  #isWorn(madeAt: number, now: number): boolean {
    return madeAt <= this.#floorMs || Math.abs(now - madeAt) > this.#nonceMs;
  }

  /**
   * Notes that somebody proved with it who they are. Only for nonces judged good for that `source` and responses found right.
   * False: it has been used so before, and the request is not to be served but challenged anew, as stale.
   *
   * With a count (RFC 7616 §3.4.5) each count is good once; of counts behind the highest only the last 32 are known to be
   * fresh. Clients that count wrong are challenged once more each time, and work.
   *
   * Without one (RFC 2069: libpurple and other old clients, which keep to one nonce until they are refused) the response
   * covers method and URI alone, not Call-ID, CSeq or text: whoever has seen it pass could send anything to the same
   * person. So each response is good once. Such a client is challenged when it repeats itself: one more round trip for
   * every second message to the same person over UDP, none on connections, which are proved once.
   */
  use(credentials: Pick<Credentials, "nonce" | "qop" | "nc" | "response">, now: number, source = ""): boolean {
    const { nonce, qop } = credentials;
    const uses = this.#used.get(nonce);
    const count = qop === "" ? 0 : Number.parseInt(credentials.nc, 16);
    if (uses === undefined) return this.#first(credentials, count, now, source);
    if (qop === "") {
      const proof = proofOf(credentials.response);
      uses.proofs ??= new Set();
      if (uses.proofs.has(proof) || uses.proofs.size === proofsMax) return false;
      uses.proofs.add(proof);
      return true;
    }
    const ahead = count - uses.highest;
    if (ahead > 0) {
      uses.window = ahead >= windowSize ? 1 : (uses.window << ahead) | 1;
      uses.highest = count;
      return true;
    }
    if (-ahead >= windowSize || (uses.window & (1 << -ahead)) !== 0) return false;
    uses.window |= 1 << -ahead;
    return true;
  }

  #first({ nonce, qop, response }: Parameters<Nonces["use"]>[0], count: number, now: number, source: string): boolean {
    const bytes = Buffer.from(nonce, "base64url");
    const madeAt = bytes.readUIntBE(0, timeBytes);
    this.#forgetOld(now);
    if (madeAt <= this.#floorMs) return false;
    const proofs = qop === "" ? new Set([proofOf(response)]) : undefined;
    // Written anew: a text cut out of a message holds all of it.
    this.#used.set(bytes.toString("base64url"), { madeAt, source, highest: count, window: qop === "" ? 0 : 1, proofs });
    return true;
  }

  /**
   * Drops from the front what nobody can use any more. Where all places are taken the oldest is given up, and with it every nonce
   * that was made before it or with it, so that nothing forgotten can be repeated; their owners are challenged anew.
   */
  #forgetOld(now: number): void {
    for (const [nonce, { madeAt }] of this.#used) {
      if (now - madeAt <= this.#nonceMs && this.#used.size < this.#usedMax) return;
      if (Math.abs(now - madeAt) <= this.#nonceMs) this.#floorMs = Math.max(this.#floorMs, madeAt);
      this.#used.delete(nonce);
    }
  }

  /**
   * HMAC (RFC 2104) with SHA-256 over the nonce's first part and the source, cut, each byte a character. By hand and without
   * buffers for what comes out, since a `createHmac` costs twenty times as much as its hashes.
   */
  #mac(nonce: Buffer, source: string): string {
    nonce.copy(this.#inner, blockBytes, 0, plainBytes);
    const end = blockBytes + plainBytes + this.#inner.write(source, blockBytes + plainBytes, "latin1");
    this.#outer.write(hash("sha256", this.#inner.subarray(0, end), "binary"), blockBytes, "latin1");
    return hash("sha256", this.#outer, "binary").slice(0, macBytes);
  }
}

/** A response in one spelling, and in memory of its own. */
function proofOf(response: string): string {
  return Buffer.from(response, "hex").toString("latin1");
}
