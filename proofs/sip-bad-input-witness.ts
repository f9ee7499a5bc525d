import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { FaultCode } from "../src/base/fault.ts";
import type { Stage } from "./play-stage.ts";
import type { Player } from "./player.ts";
import type { SipPlayer } from "./sip-player.ts";

/**
 * Carol on SIP and Dave on XMPP, whose conversation must go on whatever others send to the same node; and what the operator
 * sees of it.
 */
export class SipWitness {
  readonly #stage: Stage;
  readonly #carol: SipPlayer;
  readonly #dave: Player;
  #count = 0;

  constructor(stage: Stage, carol: SipPlayer, dave: Player) {
    this.#stage = stage;
    this.#carol = carol;
    this.#dave = dave;
  }

  static async of(stage: Stage): Promise<SipWitness> {
    const witness = new SipWitness(stage, await stage.sipPerson("carol", "udp"), await stage.present("dave"));
    await witness.conversationGoesOn();
    return witness;
  }

  /** How often messages were turned away with this fault. */
  refused(code: FaultCode): number {
    return this.#stage.metrics.value("comity_sip_rejected_total", code);
  }

  /** Runs something bad, and proves that it was counted, once for each of `times`, and disturbed nobody. */
  async during(code: FaultCode, bad: () => Promise<void>, times = 1): Promise<void> {
    const before = this.refused(code);
    await bad();
    await this.conversationGoesOn();
    assert.equal(this.refused(code) - before, times, code);
  }

  /** Nothing is left of all that was said: no transaction, no delivery. */
  async nothingIsLeft(): Promise<void> {
    const { node } = this.#stage;
    // Answers of those who do mean well are on their way.
    for (let turn = 0; turn < 1_000 && node.counts.sip.transactions > 0; turn++) await setImmediate();
    const { transactions, deliveries } = node.counts.sip;
    assert.deepEqual({ transactions, deliveries }, { transactions: 0, deliveries: 0 });
  }

  async conversationGoesOn(): Promise<void> {
    const text = `${++this.#count}`;
    assert.equal(await this.#carol.tells("dave@ours.example", text), 200);
    await this.#dave.receives(
      `<message type='chat' from='carol@ours.example/sip' to='dave@ours.example'><body>${text}</body></message>`,
    );
    this.#dave.sends(`<message to='carol@ours.example' type='chat'><body>${text} too</body></message>`);
    assert.equal(await this.#carol.reads(), `${text} too`);
  }
}
