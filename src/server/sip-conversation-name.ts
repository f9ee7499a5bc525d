import { callIdOf, type Pair, type ThreadLimits, threadOfCallId } from "../translate/thread.ts";

/**
 * What the conversation of two people is called: as whoever began it calls it, or the person here has called it since (RFC 6121
 * §5.2.5, RFC 7573 §4). It is the same through all its dialogs (I-12).
 */
export class ConversationName {
  readonly #pair: Pair;
  readonly #limits: () => ThreadLimits;
  /** Their dialogs may have a thread for their Call-ID. */
  readonly #named: boolean;
  /** In XMPP; undefined: nobody has called it anything. */
  #thread: string | undefined;
  /** A dialog has had it for its Call-ID: another one needs another (RFC 3261 §8.1.1.4). */
  #used = false;

  constructor(pair: Pair, limits: () => ThreadLimits, named: boolean) {
    this.#pair = pair;
    this.#limits = limits;
    this.#named = named;
  }

  get thread(): string | undefined {
    return this.#thread;
  }

  /** The person here says something; undefined: of whatever it was about. */
  calledHere(thread: string | undefined): void {
    if (thread === undefined || thread === this.#thread) return;
    this.#thread = thread;
    this.#used = false;
  }

  /** The Call-ID of their INVITE: it counts where the conversation has no name. */
  calledThere(callId: string): void {
    if (this.#thread !== undefined) return;
    this.#thread = threadOfCallId(callId, this.#pair, this.#limits());
    this.#used = true;
  }

  /** The Call-ID for a dialog of ours; `token`: what no dialog was ever called. */
  newCallId(token: string): string {
    if (!this.#named || this.#thread === undefined || this.#used) return token;
    this.#used = true;
    return callIdOf(this.#thread, this.#pair, this.#limits()) ?? token;
  }
}
