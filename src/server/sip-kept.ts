import type { Dialog } from "../sip/dialog.ts";
import type { Standing } from "../sip/subscriber.ts";
import type { Site } from "./site.ts";

/**
 * How far ahead of the last CSeq used the kept one is, so that the store is not written for each request. After a restart the
 * next request has a higher number than any before it, as RFC 3261 §12.2.2 asks; gaps mean nothing there.
 */
export const cseqAhead = 100;

/** What is kept of a subscription: a partner's to somebody here, or ours to somebody at a partner. */
export type KeptState =
  | { readonly side: "theirs"; readonly dialog: Dialog }
  | {
      readonly side: "ours";
      readonly standing: Standing;
      /** Undefined: it had none yet, or lost it. */
      readonly dialog?: Dialog | undefined;
    };

export type KeptSubscription = {
  readonly key: string;
  readonly local: string;
  readonly foreign: string;
  readonly expiresAt: number;
  readonly state: KeptState;
};

/**
 * The subscriptions with partners that outlive this process (SUB-17: no two hours of blindness after a restart): each as its
 * dialog stood, in the store.
 */
export class SipKept {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Keeps it as it stands, with a CSeq that is ahead. */
  put({ key, local, foreign, expiresAt, state }: KeptSubscription): void {
    const { dialog } = state;
    const kept = dialog === undefined ? state : { ...state, dialog: ahead(dialog) };
    const stored = { key, local, foreign, expiresAt, state: JSON.stringify(kept) };
    this.#site.world.store.subscriptions.put(stored).catch(this.#site.storeFailed);
  }

  remove(key: string): void {
    this.#site.world.store.subscriptions.remove(key).catch(this.#site.storeFailed);
  }

  /** Rejects when the store fails. */
  async all(): Promise<readonly KeptSubscription[]> {
    const stored = await this.#site.world.store.subscriptions.all();
    return stored.map((each) => ({ ...each, state: JSON.parse(each.state) as KeptState }));
  }
}

function ahead(dialog: Dialog): Dialog {
  return { ...dialog, localSeq: dialog.localSeq + cseqAhead };
}
