import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../src/server/node.ts";
import type { Plan } from "../src/sim/plan.ts";
import type { SimRandom } from "../src/sim/random.ts";
import { type SimHost, type SimWorld, simWorld } from "../src/sim/world.ts";
import { child, type Element, textOf } from "../src/xml/element.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { type Heard, type Reaction, SimulatedSipClient } from "./simulated-sip-client.ts";
import { heal, type Overheard, place, planOf, start } from "./sip-simulation-world.ts";

/**
 * A whole node with SIP clients, in a world from a seed: datagrams are lost, come twice and late, connections break or fall
 * silent, the store fails, devices are slow, or refuse, or go without a word, the node is killed. What was answered 200 is
 * with a device, what was answered 202 is with a device or in the store; and at the end nothing is left to be done.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 1_000);
const messages = 8;
const bob = "bob@ours.example";
/** Hosts that clients are on; XMPP's own is not among them. */
const hosts = 60;
const xmppHost = "203.0.113.1";

/** One run of one seed. */
class Run {
  /** What went wrong, in words; empty when nothing did. */
  readonly wrong: string[] = [];
  readonly world: SimWorld;
  readonly #random: SimRandom;
  readonly #plan: Partial<Plan>;
  readonly #ear: Overheard = { sent: new Map(), taken: new Map() };
  readonly #desk: SimHost;
  readonly #phone: SimHost;
  /** Bob's. */
  readonly #devices: SimulatedSipClient[] = [];
  readonly #clients: SimulatedSipClient[] = [];
  readonly #xmppHeard = new Set<string>();
  readonly #statuses = new Map<string, number>();
  #host!: SimHost;
  #node!: Node;
  #killed = false;
  /** Somebody's connection, device or registration went while they were needed. */
  #troubled = false;
  /** Bob is there by XMPP too: what that device does not confirm in time is kept, whatever SIP devices have said. */
  #onXmpp = false;
  #count = 0;

  constructor(seed: number) {
    this.world = simWorld(seed);
    this.#random = this.world.random.fork();
    this.#plan = planOf(this.#random);
    const addresses = Array.from({ length: hosts }, (_, n) => `198.51.100.${n + 1}`);
    this.#desk = this.world.host({ name: "desk", addresses });
    this.#phone = this.world.host({ name: "phone", addresses: [xmppHost] });
  }

  async run(): Promise<readonly string[]> {
    const { world } = this;
    ({ host: this.#host, node: this.#node } = await world.until(start(world, this.#ear)));
    Object.assign(world.plan, this.#plan);
    const killAt = this.#random.chance(0.3) ? this.#random.below(messages) : -1;
    let alice = await this.#sender();
    if (this.#random.chance(0.7)) void this.#device();
    if (this.#random.chance(0.4)) void this.#xmpp();
    if (this.#random.chance(0.5)) void this.#watcher();
    await world.runFor(this.#random.below(5_000));
    for (let number = 0; number < messages; number++) {
      if (alice.over) alice = await this.#sender();
      const text = `m${number}`;
      void alice.tells("bob", text).then((status) => this.#statuses.set(text, status));
      await world.runFor(this.#random.below(number === killAt ? 30 : 3_000));
      if (number === killAt) await this.#kill();
      await this.#somethingHappens();
    }
    // Every transaction of the clients' and of the node's own has run out by then.
    await world.runFor(45_000);
    heal(world);
    await this.#everybodyGoes();
    await this.#judge();
    return this.wrong;
  }

  async #sender(): Promise<SimulatedSipClient> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const alice = await this.world.until(this.#client("alice"));
      if (alice !== undefined) return alice;
      await this.world.runFor(500);
    }
    throw new Error("alice never got in");
  }

  async #client(user: string, transport: "udp" | "tcp" = this.#random.chance(0.6) ? "udp" : "tcp") {
    const options = { user, transport, server: place };
    const address = `198.51.100.${(this.#count++ % hosts) + 1}`;
    const client = await SimulatedSipClient.open(this.#desk.world, options, address);
    if (client !== undefined) this.#clients.push(client);
    return client;
  }

  /** A device of Bob's comes, and registers until it succeeds; what it does with messages, the seed says. */
  async #device(): Promise<void> {
    const client = await this.#client("bob");
    if (client === undefined) return;
    this.#devices.push(client);
    client.react = this.#manner();
    for (let attempt = 0; attempt < 5 && !client.over; attempt++) {
      if ((await client.registers(this.#random.chance(0.8) ? 600 : 5)) === 200) return;
    }
  }

  #manner(): () => Reaction {
    const random = this.#random;
    const slowMs = random.below(20_000);
    switch (random.below(6)) {
      case 0:
        return () => ({ status: 200, afterMs: slowMs });
      case 1:
        return () => ({ status: random.chance(0.5) ? 480 : 200, afterMs: 0 });
      case 2:
        return () => (random.chance(0.5) ? undefined : { status: 200, afterMs: 0 });
      default:
        return () => ({ status: 200, afterMs: random.below(300) });
    }
  }

  async #xmpp(): Promise<void> {
    this.#onXmpp = true;
    await SimulatedClient.connect(this.#phone.world, place.address, bob, (stanza: Element) => {
      if (stanza.name === "message") this.#xmppHeard.add(textOf(child(stanza, "body", stanza.ns)));
    });
  }

  async #watcher(): Promise<void> {
    const carol = await this.#client("carol");
    if (carol === undefined) return;
    const headers = ["Event: presence", `Expires: ${this.#random.between([5, 60])}`, `Contact: ${carol.contact}`];
    const asked = carol.asks("SUBSCRIBE", { uri: `sip:${bob}`, headers });
    if (this.#random.chance(0.3)) carol.unplug();
    await asked;
  }

  async #publishes(client: SimulatedSipClient): Promise<void> {
    const body =
      `<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:${bob}'><tuple id='t'><status><basic>open</basic>` +
      `</status><note>${this.#count++}</note></tuple></presence>`;
    const headers = ["Event: presence", "Expires: 10", "Content-Type: application/pidf+xml"];
    await client.asks("PUBLISH", { uri: `sip:${bob}`, headers, body });
  }

  async #somethingHappens(): Promise<void> {
    const client = this.#devices.at(-1);
    const what = this.#random.below(10);
    if (what < 2) void this.#device();
    else if (what === 2) void this.#watcher();
    else if (what === 3) {
      this.#troubled = true;
      this.world.network.cut(xmppHost);
    } else if (client !== undefined) {
      if (what === 4) {
        this.#troubled = true;
        client.unplug();
      } else if (what === 5) void client.registers(0);
      else if (what === 6) void client.registers(600);
      else if (what === 7) void this.#publishes(client);
    }
  }

  async #kill(): Promise<void> {
    this.#killed = true;
    this.#host.crash();
    await this.world.runFor(this.#random.below(3_000));
    ({ host: this.#host, node: this.#node } = await this.world.until(start(this.world, this.#ear)));
  }

  /** Bob comes with a new device, which hears whatever waits; then everybody leaves. */
  async #everybodyGoes(): Promise<void> {
    const { world } = this;
    for (const client of this.#clients) client.unplug();
    const last = await world.until(this.#client("bob", "udp"));
    assert.ok(last);
    this.#devices.push(last);
    const came = await world.until(last.registers(600));
    if (came !== 200) this.wrong.push(`bob could not register: ${came}`);
    // What waits in the store comes, and what was begun towards those that are gone runs out.
    await world.runFor(40_000);
    const left = await world.until(last.leaves());
    if (left !== 200) this.wrong.push(`bob could not leave: ${left}`);
    await world.runFor(35_000);
  }

  async #judge(): Promise<void> {
    const { wrong } = this;
    const waiting = await this.world.until(this.#host.world.store.offline.list(bob));
    const stored = waiting.map(({ stanza }) => Buffer.from(stanza).toString());
    for (let number = 0; number < messages; number++) {
      const text = `m${number}`;
      const status = this.#statuses.get(text) ?? 0;
      const arrived = this.#devices.some((each) => copiesOf(text, each).length > 0) || this.#xmppHeard.has(text);
      const kept = stored.some((stanza) => stanza.includes(`>${text}<`));
      if (status === 0) wrong.push(`nothing was ever said of ${text} to its sender`);
      if (status === 200 && !arrived) wrong.push(`${text} was answered 200 and is nowhere`);
      if (status === 202 && !arrived && !kept) wrong.push(`${text} was answered 202 and is gone`);
      if (this.#isCalm && status !== 200 && status !== 202) wrong.push(`${text} was answered ${status} for no reason`);
      if (!this.#killed && !this.#plan.storeFailureChance && (this.#isCalm || !this.#onXmpp)) this.#judgeCopies(text);
    }
    for (const { user, contradictions } of this.#clients) {
      for (const said of this.#killed ? [] : contradictions) wrong.push(`${user} was answered twice: ${said}`);
    }
    const { connections: _, ...counts } = this.#node.counts.sip;
    for (const [what, count] of Object.entries(counts)) if (count !== 0) wrong.push(`${count} ${what} are left`);
  }

  /** Nothing was lost on the way, and whoever was there stayed. */
  get #isCalm(): boolean {
    const { datagramLossChance, cutChance, silentChance, storeFailureChance } = this.#plan;
    return (
      !datagramLossChance && !cutChance && !silentChance && !storeFailureChance && !this.#killed && !this.#troubled
    );
  }

  /** A device is sent a message again only when it had not said in time that it has it. */
  #judgeCopies(text: string): void {
    const { sent, taken } = this.#ear;
    for (const device of this.#devices) {
      const copies = copiesOf(text, device);
      for (const { message, takenMs } of copies) {
        // Over UDP it is known when the node heard the answer; over TCP it took no longer than this.
        const overTcp = this.#plan.silentChance ? Infinity : takenMs + 1_500;
        const heardMs = device.transport === "udp" ? (taken.get(message.callId) ?? Infinity) : overTcp;
        const again = copies.some(
          (other) => other.message !== message && (sent.get(other.message.callId) ?? other.atMs) > heardMs,
        );
        if (again) this.wrong.push(`${text} was sent again though a device of Bob's had it`);
      }
    }
  }
}

function copiesOf(text: string, { heard }: SimulatedSipClient): readonly Heard[] {
  return heard.filter(({ message }) => message.method === "MESSAGE" && message.body.toString() === text);
}

test(`what is answered 200 is with a device, what is answered 202 is there or in the store; ${seeds} seeds`, async () => {
  const first = Number(process.env.COMITY_SEED ?? 1);
  for (let seed = first; seed < first + seeds; seed++) {
    assert.deepEqual(await new Run(seed).run(), [], `seed ${seed}`);
  }
});
