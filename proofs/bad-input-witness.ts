import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Stage } from "./play-stage.ts";
import type { Player } from "./player.ts";

/** Two signed-in people whose conversation must go on whatever others send to the same node; and what the operator sees. */
export class Witness {
  readonly #stage: Stage;
  readonly #carol: Player;
  readonly #dave: Player;
  #count = 0;

  constructor(stage: Stage, carol: Player, dave: Player) {
    this.#stage = stage;
    this.#carol = carol;
    this.#dave = dave;
  }

  static async of(stage: Stage): Promise<Witness> {
    return new Witness(stage, await stage.present("carol"), await stage.present("dave"));
  }

  /** Runs something bad, and proves that it was told (once, by a line with the fault and a count) and disturbed nobody. */
  async during(side: "client" | "server", code: string, bad: () => Promise<void>): Promise<void> {
    const { log, metrics } = this.#stage;
    const lines = log.lines.length;
    const before = metrics.value("comity_stream_errors_total", side, "us", code);
    await bad();
    await this.conversationGoesOn();
    await setImmediate();
    const told = log.lines.slice(lines).filter(({ level, fields }) => level === "warn" && fields.fault === code);
    assert.equal(told.length, 1, `lines with ${code}; ${this.#carol.conversation()}\n${log.text()}`);
    assert.equal(metrics.value("comity_stream_errors_total", side, "us", code) - before, 1, code);
  }

  async conversationGoesOn(): Promise<void> {
    const said = (from: Player, to: Player) =>
      `<message from='${from.jid}' to='${to.jid}' type='chat'><body>${++this.#count}</body></message>`;
    for (const [from, to] of [
      [this.#carol, this.#dave],
      [this.#dave, this.#carol],
    ] as const) {
      const message = said(from, to);
      from.sends(message);
      await to.receives(message);
    }
  }
}
