import type { Plan } from "./plan.ts";
import type { SimRandom } from "./random.ts";
import type { TlsMessage } from "./tls.ts";

/** What travels in one direction of a connection. What is `whole`, a WebSocket's message, is never cut. */
export type Segment =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly sealed: boolean; readonly whole: boolean }
  | { readonly kind: "tls"; readonly message: TlsMessage }
  | { readonly kind: "fin" }
  | { readonly kind: "reset" };

type Bytes = Segment & { readonly kind: "bytes" };

/** What a pipe needs of the network it lies in. */
export type Wire = {
  readonly plan: Plan;
  readonly random: SimRandom;
  /** Runs after so many milliseconds, or when the way between the two hosts is open again. */
  carry(ms: number, then: () => void): void;
  readonly nowMs: () => number;
  /** Breaks the connection this pipe belongs to: both ends learn of it. */
  cut(): void;
};

/**
 * One direction of a connection: takes bytes while fewer than a window of them are under way or unread, splits them at
 * random places, and brings them in order, each part in its own time.
 */
export class Pipe {
  readonly #wire: Wire;
  readonly #arrive: (segment: Segment) => void;
  readonly #roomAgain: () => void;
  #queue: Segment[] = [];
  #queuedBytes = 0;
  #unreadBytes = 0;
  #lastAtMs = 0;
  #silent = false;

  constructor(wire: Wire, arrive: (segment: Segment) => void, roomAgain: () => void) {
    this.#wire = wire;
    this.#arrive = arrive;
    this.#roomAgain = roomAgain;
  }

  /** Bytes given and not yet taken. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes taken that the other end has not read. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  give(segment: Segment): void {
    this.#queue.push(segment);
    if (segment.kind === "bytes") this.#queuedBytes += segment.bytes.byteLength;
    this.#take();
  }

  /** Drops what was not taken, and says one last thing. */
  finish(segment: Segment): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.give(segment);
  }

  /** The other end has read so many bytes: after a while there is room again. */
  read(count: number): void {
    this.#wire.carry(this.#delay(), () => {
      this.#unreadBytes -= count;
      this.#take();
      this.#roomAgain();
    });
  }

  /** From now on nothing comes through, and nobody is told. */
  fallSilent(): void {
    this.#silent = true;
  }

  #take(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (next.kind !== "bytes") {
        this.#send(next);
        continue;
      }
      const room = this.#wire.plan.windowBytes - this.#unreadBytes;
      const { bytes, whole } = next;
      if (room < bytes.byteLength && (!whole || room <= 0)) {
        this.#queue.unshift({ ...next, bytes: bytes.subarray(Math.max(0, room)) });
        if (room > 0) this.#takeBytes({ ...next, bytes: bytes.subarray(0, room) });
        return;
      }
      this.#takeBytes(next);
    }
  }

  #takeBytes(segment: Bytes): void {
    const { byteLength } = segment.bytes;
    this.#queuedBytes -= byteLength;
    this.#unreadBytes += byteLength;
    this.#split(segment);
  }

  #split(segment: Bytes): void {
    const { random, plan } = this.#wire;
    const { bytes, whole } = segment;
    if (!whole && bytes.byteLength > 1 && random.chance(plan.splitChance)) {
      const at = 1 + random.below(bytes.byteLength - 1);
      this.#split({ ...segment, bytes: bytes.subarray(0, at) });
      this.#split({ ...segment, bytes: bytes.subarray(at) });
    } else {
      this.#send(segment);
    }
  }

  #send(segment: Segment): void {
    const { random, plan } = this.#wire;
    if (random.chance(plan.silentChance)) this.fallSilent();
    if (random.chance(plan.cutChance)) this.#wire.cut();
    const now = this.#wire.nowMs();
    this.#lastAtMs = Math.max(this.#lastAtMs, now + this.#delay());
    this.#wire.carry(this.#lastAtMs - now, () => {
      if (!this.#silent) this.#arrive(segment);
    });
  }

  #delay(): number {
    return this.#wire.random.between(this.#wire.plan.latencyMs);
  }
}
