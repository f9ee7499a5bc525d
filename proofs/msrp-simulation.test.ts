import assert from "node:assert/strict";
import { test } from "node:test";
import { type SimHost, type SimWorld, simWorld } from "../src/sim/world.ts";
import type { Quirks } from "../src/twin/quirk.ts";
import type { SaidText } from "../src/twin/sessions.ts";
import type { Twin } from "../src/twin/twin.ts";
import { child, type Element, textOf } from "../src/xml/element.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import { alice, m1, ours, signedIn, startOurs, startTheirs } from "./sip-federation-world.ts";

/**
 * A node and a stand-in that talk over MSRP in a world from a seed: connections break amid chunks, REPORTs never come, texts are
 * refused or not answered, either side is killed and started again, with everything it had open. Alice and M1 write to each other
 * meanwhile, long texts too. What either is told was taken is read by the other, whole; what Alice writes is read or comes back to
 * her with words.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 100);
const texts = 8;
const limits = { resumeMs: 10_000 };

const startNode = (world: SimWorld) =>
  startOurs(world, limits, {
    listeners: [{ kind: "msrp-tcp", address: ours.address, port: 2855 }],
    sip: { advertise: ours.name, msrp: { host: ours.address, port: undefined } },
    partner: { type: "simple", mode: "msrp" },
  });

/** Their server, and what its people have read since the world began, whatever became of it meanwhile. */
class Theirs {
  readonly #world: SimWorld;
  readonly #quirks: Partial<Quirks>;
  readonly #before: Twin[] = [];
  readonly said: SaidText[] = [];
  host: SimHost | undefined;
  twin: Twin | undefined;

  constructor(world: SimWorld, quirks: Partial<Quirks>) {
    this.#world = world;
    this.#quirks = quirks;
  }

  async start(): Promise<void> {
    ({ twin: this.twin, host: this.host } = await startTheirs(this.#world, "simple", this.#quirks));
    this.#before.push(this.twin);
  }

  get quirks(): Quirks {
    assert.ok(this.twin);
    return this.twin.quirks;
  }

  say(text: string): void {
    const persona = this.twin?.person("m1");
    if (persona !== undefined && this.twin !== undefined) this.said.push(this.twin.say(persona, alice, text));
  }

  get heard(): readonly string[] {
    return this.#before.flatMap(({ sessions }) => sessions.heard.map(({ text }) => text));
  }

  /** Rules found broken, but those that a dead connection or a dead server breaks. */
  get broken(): readonly string[] {
    const usual =
      /nobody listens|leads to no session here|200 to INVITE was not acknowledged|with CRLF|no final answer/;
    return this.#before.flatMap(({ violations }) =>
      violations.filter(({ what }) => !usual.test(what)).map(({ rule, what }) => `${rule}: ${what}`),
    );
  }
}

/** Alice's client. What its server has not settled when the connection goes, it says again on the next (XEP-0198). */
class Desk {
  readonly received = new Map<string, number>();
  /** By id, in what words. */
  readonly returned = new Map<string, string>();
  readonly receipts = new Set<string>();
  readonly #world: SimWorld;
  readonly #host: SimHost;
  #client: SimulatedClient | undefined;
  #sent = 0;
  #logins = 0;
  #unsettled: { readonly number: number; readonly text: string }[] = [];

  constructor(world: SimWorld) {
    this.#world = world;
    this.#host = world.host({ name: "desk", addresses: ["198.51.100.1"] });
  }

  async signIn(): Promise<void> {
    this.#adopt(await signedIn(this.#world, this.#host, (stanza) => this.#hear(stanza)));
  }

  get over(): boolean {
    return this.#client?.over ?? true;
  }

  /** All is said and settled; a client that waits for long finds out that its connection is dead. */
  get done(): boolean {
    this.#forgetSettled();
    return !this.over && this.#unsettled.length === 0;
  }

  /** Who comes again may be told again what they had not acknowledged. */
  get cameOnce(): boolean {
    return this.#logins === 1;
  }

  send(text: string): void {
    this.#forgetSettled();
    this.#unsettled.push({ number: ++this.#sent, text });
    this.#client?.sendSure(text);
  }

  #adopt(client: SimulatedClient): void {
    this.#forgetSettled();
    const again = this.#unsettled;
    this.#client = client;
    this.#logins++;
    this.#unsettled = [];
    this.#sent = 1; // its presence
    for (const { text } of again) this.send(text);
  }

  #forgetSettled(): void {
    const settled = this.#client?.settled ?? 0;
    this.#unsettled = this.#unsettled.filter(({ number }) => number > settled);
  }

  #hear(stanza: Element): void {
    const { type, from = "", id = "" } = stanza.attrs;
    if (stanza.name !== "message" || !from.startsWith(m1)) return;
    const error = child(stanza, "error", stanza.ns);
    if (type === "error")
      this.returned.set(id, textOf(error === undefined ? undefined : child(error, "text", stanzas)));
    const body = textOf(child(stanza, "body", stanza.ns));
    if (type !== "error" && body !== "") this.received.set(body, (this.received.get(body) ?? 0) + 1);
    const receipt = child(stanza, "received", "urn:xmpp:receipts")?.attrs.id;
    if (receipt !== undefined) this.receipts.add(receipt);
  }
}

const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";

/** The text of that name: whole, nobody takes it for another; now and then longer than a chunk. */
function textOfName(name: string, long: boolean): string {
  return long ? `${name} ${`${name}ü `.repeat(1_500)}end` : name;
}

/** What may go wrong in this seed, and what the stand-in is like. */
function natureOf(world: SimWorld): Partial<Quirks> {
  const { random, plan } = world;
  if (random.chance(0.5)) Object.assign(plan, { cutChance: 0.002 + random.fraction() * 0.01 });
  if (random.chance(0.15)) Object.assign(plan, { silentChance: 0.002 });
  const quirks: Partial<Quirks> = { "msrp-setup": random.below(4), "msrp-chunk": 200 + random.below(4_000) };
  if (random.chance(0.3)) quirks["msrp-no-report"] = 1;
  if (random.chance(0.3)) quirks["msrp-stays"] = 1;
  if (random.chance(0.3)) quirks["msrp-cpim"] = 1;
  if (random.chance(0.2)) quirks["slow-200"] = 1 + random.below(10);
  return quirks;
}

/** One thing that goes wrong between two texts; `kill`: that somebody dies. */
function trouble(world: SimWorld, { twin }: Theirs): void {
  const { random } = world;
  if (twin === undefined) return;
  const { quirks } = twin;
  switch (random.below(8)) {
    case 0:
      twin.msrp.drop(); // whatever is on the way
      break;
    case 1:
      quirks["msrp-drop"] = 1 + random.below(4); // on one of the next chunks
      break;
    case 2:
      quirks["msrp-status"] = [403, 408, 413, 481][random.below(4)] ?? 408;
      break;
    case 3:
      quirks["msrp-no-report"] = 1;
      break;
    case 4:
      quirks["invite-status"] = 480;
      break;
    case 5:
      twin.drop(random.chance(0.5)); // SIP as well
      break;
    default: // it is well again
      for (const quirk of ["msrp-drop", "msrp-status", "msrp-no-report", "invite-status"] as const) quirks[quirk] = 0;
  }
}

/** One run. Answers what went wrong, in words; empty when nothing did. */
async function run(seed: number): Promise<string[]> {
  const world = simWorld(seed, { refusedChance: 0.03, unansweredChance: 0.01, eventsMax: 3_000_000 });
  const { random } = world;
  let host = await world.until(startNode(world));
  const other = new Theirs(world, natureOf(world));
  await world.until(other.start());
  const desk = new Desk(world);
  await desk.signIn();
  const [killOurs, killTheirs] = [random.below(texts * 2), random.below(texts * 3)];
  const wanted = new Map<string, string>();
  for (let number = 0; number < texts; number++) {
    if (desk.over) await desk.signIn();
    const text = textOfName(`a${number}`, random.chance(0.4));
    wanted.set(`a${number}`, text);
    const ask = random.chance(0.5) ? "<request xmlns='urn:xmpp:receipts'/>" : "";
    desk.send(`<message to='${m1}' type='chat' id='a${number}'><body>${text}</body>${ask}</message>`);
    await world.runFor(random.below(100));
    other.say(textOfName(`m${number}`, random.chance(0.4)));
    // Death comes while both are under way.
    await world.runFor(
      random.below(number === killOurs || number === killTheirs ? 15 : random.chance(0.2) ? 30_000 : 500),
    );
    if (number === killTheirs) {
      other.host?.crash();
      await world.runFor(random.below(3_000));
      await world.until(other.start());
    }
    if (number === killOurs) {
      // Some are on their way in, some answered, some handed on.
      for (let more = 0; more < 8; more++) {
        other.say(`m${number}.${more}`);
        await world.runFor(random.below(3));
      }
      host.crash();
      await world.runFor(random.below(3_000));
      host = await world.until(startNode(world));
      await desk.signIn();
    }
    if (random.chance(0.4)) trouble(world, other);
  }
  // Everything is well again; whatever is under way comes to its end, and Alice's client is there to see it.
  Object.assign(other.quirks, { "msrp-drop": 0, "msrp-status": 0, "invite-status": 0 });
  Object.assign(world.plan, { refusedChance: 0, unansweredChance: 0, cutChance: 0, silentChance: 0 });
  await world.runFor(120_000);
  if (!desk.done) await desk.signIn();
  await world.runFor(120_000);
  return verdict(other, desk, wanted);
}

function verdict(other: Theirs, desk: Desk, wanted: ReadonlyMap<string, string>): string[] {
  const wrong = other.broken.map((what) => `broken: ${what}`);
  const read = new Set(other.heard);
  const written = new Set([...wanted.values(), ...other.said.map(({ text }) => text)]);
  for (const text of [...read, ...desk.received.keys()]) {
    if (!written.has(text))
      wrong.push(`${text.slice(0, 20)}… was read, and not so written (${text.length} characters)`);
  }
  for (const [id, text] of wanted) {
    if (!read.has(text) && !desk.returned.has(id)) wrong.push(`${id} vanished`);
    if (desk.returned.get(id) === "") wrong.push(`${id} came back without a word`);
    if (desk.receipts.has(id) && !read.has(text)) wrong.push(`${id} is said to be read, and is not`);
  }
  for (const { text, status } of other.said) {
    const times = desk.received.get(text) ?? 0;
    if (status >= 200 && status < 300 && times === 0)
      wrong.push(`${text.slice(0, 3)} was answered ${status} and vanished`);
    if (times > 1 && desk.cameOnce) wrong.push(`${text.slice(0, 3)} came ${times} times`);
  }
  return wrong;
}

test(`what people here and at a partner write over MSRP arrives whole or comes back: ${seeds} seeds`, async () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    for (const what of await run(seed)) wrong.push(`seed ${seed}: ${what}`);
  }
  assert.deepEqual(wrong, []);
});
