import type { StoredBinding } from "../base/store.ts";
import type { Flow } from "./sip-flow.ts";

/** One registered SIP device of a person, with the way to it. */
export class SipBinding {
  stored: StoredBinding;
  /** The way its REGISTER came by; undefined after a restart, or when its connection is gone. */
  flow: Flow | undefined;
  /** That way, where we had to look for it (RFC 3263). */
  found: Flow | undefined;
  readonly since: number;
  /** It has written message/cpim (RFC 3862), so it reads it too. */
  cpim = false;
  /** Its last MESSAGE found nobody; what waits is handed over again when it registers anew. */
  unheard = false;
  /** What of the store is on its way to it, by number. */
  handed = new Set<number>();
  /** When it registered last, and when it did so last as a new device or by another way than before; monotonic. */
  registeredMs = 0;
  cameMs = 0;

  constructor(stored: StoredBinding, flow: Flow | undefined, since: number) {
    this.stored = stored;
    this.flow = flow;
    this.since = since;
  }
}
