import { Alarm, type Wheel } from "../base/wheel.ts";
import type { Dialog } from "../sip/dialog.ts";
import type { MsrpMedia } from "./msrp-media.ts";
import type { SessionDialog } from "./sip-session-dialog.ts";

/** How long an older session stands beside the one that took its place, for what is said in it before its end is heard of. */
const replacedMs = 1_000;

/**
 * The sessions two people have: one, or two (sip-wire 3.5). What comes in either is heard; what is said goes into the current one. When
 * both sides have opened one at once both stand, and the current one is that with the lower Call-ID until one of them dies.
 * When the other side opens another while one stands, as from another device or after a crash, that takes its place.
 */
export class SessionPair {
  readonly #wheel: Wheel;
  readonly #replaced = new Alarm(() => this.#endOther());
  #current: SessionDialog | undefined;
  #other: SessionDialog | undefined;

  constructor(wheel: Wheel) {
    this.#wheel = wheel;
  }

  get current(): SessionDialog | undefined {
    return this.#current;
  }

  get all(): readonly SessionDialog[] {
    return [this.#current, this.#other].filter((session) => session !== undefined);
  }

  /** `together`: both sides began at once, each without having heard of the other's. */
  add(session: SessionDialog, together: boolean): void {
    const before = this.#current;
    this.#endOther();
    // Call-IDs are compared byte for byte (RFC 3261 §20.8).
    const stays = before !== undefined && together && before.callId < session.callId;
    this.#current = stays ? before : session;
    this.#other = stays ? session : before;
    if (this.#other !== undefined && !together) this.#wheel.set(this.#replaced, replacedMs);
  }

  /** The one whose dialog has that key. */
  of(key: string): SessionDialog | undefined {
    return this.all.find((session) => session.key === key);
  }

  has(dialog: Dialog): boolean {
    return this.all.some((session) => session.is(dialog));
  }

  withMedia(media: MsrpMedia): SessionDialog | undefined {
    return this.all.find((session) => session.media === media);
  }

  /** It is over; the other, if there is one, is the current one from now on. False: it was none of them any more. */
  drop(session: SessionDialog): boolean {
    if (session === this.#current) this.#current = this.#other;
    else if (session !== this.#other) return false;
    this.#other = undefined;
    this.#wheel.clear(this.#replaced);
    return true;
  }

  /** We end all there are. */
  end(): void {
    this.#endOther();
    this.#current?.end();
    this.#current = undefined;
  }

  #endOther(): void {
    this.#wheel.clear(this.#replaced);
    const other = this.#other;
    this.#other = undefined;
    other?.end();
  }
}
