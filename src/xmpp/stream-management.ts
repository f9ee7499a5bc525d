const firstSlots = 16;

/**
 * What we have sent and the other side has not acknowledged, in one direction of a stream or session (XEP-0198 §4). It
 * outlives the stream when the session can be resumed. Its counts are unsigned 32-bit numbers that start over: `>>> 0`.
 *
 * `T` is whatever the owner needs to send a stanza again, store it or return it. Numbers and one ring; nothing is made
 * per stanza.
 */
export class SendWindow<T> {
  /** The last h the other side sent. */
  acked = 0;
  /** Stanzas sent since enabled, mod 2^32. */
  sent = 0;
  /** Stanzas sent since the last <r/>; the owner sets it to 0 when it sends one. */
  sinceRequest = 0;
  readonly #max: number;
  #slots: (T | undefined)[] = new Array<T | undefined>(firstSlots).fill(undefined);
  #first = 0;
  #size = 0;

  /** `max`: unacknowledged stanzas held at most (limits.unackedStanzasMax). */
  constructor(max: number) {
    this.#max = max;
  }

  /** Stanzas sent and not acknowledged. */
  get unacked(): number {
    return this.#size;
  }

  /** Notes a stanza that is going out. False, and not noted, when `max` are waiting already: the session is lost. */
  send(slot: T): boolean {
    if (this.#size === this.#max) return false;
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#first + this.#size) & (this.#slots.length - 1)] = slot;
    this.#size += 1;
    this.sent = (this.sent + 1) >>> 0;
    this.sinceRequest += 1;
    return true;
  }

  /**
   * Takes the other side's h. Answers how many of the oldest unacknowledged stanzas it covers (take them with `shift`), or
   * -1 when it counts more than was sent (XEP-0198 §4: stream error handled-count-too-high). One that counts fewer than
   * before covers none: clients in use (@xmpp/client 0.14) fall back by one, and it takes nothing back.
   */
  ack(h: number): number {
    const covered = (h - this.acked) >>> 0;
    if (covered >= 2 ** 31) return 0;
    if (covered > this.#size) return -1;
    this.acked = h;
    return covered;
  }

  /** Takes the oldest unacknowledged stanza out. After `ack`, as often as it said; at a session's end, until undefined. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const slot = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#size -= 1;
    return slot;
  }

  /** Unacknowledged stanza number `index`, 0 the oldest: to send all again after a resumption (XEP-0198 §5). */
  at(index: number): T | undefined {
    return index < this.#size ? this.#slots[(this.#first + index) & (this.#slots.length - 1)] : undefined;
  }

  #grow(): void {
    const { length } = this.#slots;
    const wider = new Array<T | undefined>(length * 2).fill(undefined);
    for (let index = 0; index < length; index++) wider[index] = this.#slots[(this.#first + index) & (length - 1)];
    this.#slots = wider;
    this.#first = 0;
  }
}
