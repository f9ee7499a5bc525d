import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { comity, type Running, startComity, temporaryHome } from "./comity-process.ts";
import { SipPlayer, type SipTransport } from "./sip-player.ts";

/** A port that is free for UDP, and stays the node's over its restarts, as a port in a configuration does. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** A node as its operator has it, with Alice and Bob, and a hand to kill it. */
class Place {
  readonly #t: TestContext;
  readonly #home: string;
  readonly #port: number;
  readonly #script: string[] = [];
  #node: Running | undefined;

  constructor(t: TestContext, home: string, port: number) {
    this.#t = t;
    this.#home = home;
    this.#port = port;
  }

  static async of(t: TestContext, limits = ""): Promise<Place> {
    const port = await freePort();
    const yaml = `domains: [ours.example]
listeners:
  - { kind: sip-udp, address: 127.0.0.1, port: ${port} }
  - { kind: sip-tcp, address: 127.0.0.1, port: ${port} }
tls: { development: true }
limits: { ${limits} }
`;
    const home = temporaryHome(t, yaml);
    const place = new Place(t, home, port);
    await place.starts();
    for (const user of ["alice", "bob"]) {
      const added = await comity(["user", "add", `${user}@ours.example`, "--password", "secret", "--home", home]);
      assert.equal(added.code, 0, added.err);
    }
    return place;
  }

  async starts(): Promise<void> {
    this.#node = await startComity(this.#t, this.#home);
  }

  /** kill -9: it has no time to put anything in order. */
  async dies(): Promise<void> {
    this.#node?.signal("SIGKILL");
    await this.#node?.ended;
  }

  async client(user: string, transport: SipTransport): Promise<SipPlayer> {
    const player = new SipPlayer({ user, transport, port: this.#port, script: this.#script });
    this.#t.after(() => player.close());
    return player.opens();
  }
}

test("RFC 3428 §7: what was answered 202 survives kill -9, and is there when its receiver registers", async (t) => {
  const place = await Place.of(t);
  const alice = await place.client("alice", "tcp");
  await alice.registers();
  const answered: string[] = [];
  for (let number = 0; number < 20; number++) {
    assert.equal(await alice.tells("bob@ours.example", `m${number}`), 202);
    answered.push(`m${number}`);
  }
  // More are on their way, and some may get in: death comes while they do.
  const headers = ["Content-Type: text/plain"];
  for (let number = 20; number < 100; number++) {
    alice.says(alice.request("MESSAGE", { uri: "sip:bob@ours.example", headers, body: `m${number}` }));
  }
  const last = await alice.answered("MESSAGE");
  assert.equal(last.status, 202);
  answered.push("m20");
  await place.dies();
  await place.starts();
  const bob = await place.client("bob", "udp");
  await bob.registers();
  const heard = new Set<string>();
  while (!answered.every((text) => heard.has(text))) {
    const text = await bob.reads();
    assert.ok(!heard.has(text), `${text} came twice`);
    heard.add(text);
  }
});

test("a device that is registered over UDP is reached after kill -9 without registering anew", async (t) => {
  const place = await Place.of(t);
  const bob = await place.client("bob", "udp");
  await bob.registers(3_600);
  await place.dies();
  await place.starts();
  for (const transport of ["udp", "tcp"] as const) {
    const alice = await place.client("alice", transport);
    await alice.registers();
    assert.equal(await alice.tells("bob@ours.example", `over ${transport}`), 200);
    assert.equal(await bob.reads(), `over ${transport}`);
  }
  // What it refreshes is that registration, and no second one.
  await bob.registers(3_600);
  const alice = await place.client("alice", "udp");
  assert.equal(await alice.tells("bob@ours.example", "once"), 200);
  assert.equal(await bob.reads(), "once");
  await bob.hearsNothing("MESSAGE");
});

test("200 is said only when a device has said it; what no device took is kept, over kill -9 too", async (t) => {
  const place = await Place.of(t, "settleMs: 300");
  const bob = await place.client("bob", "udp");
  await bob.registers();
  const alice = await place.client("alice", "tcp");
  await alice.registers();
  const kept: string[] = [];
  for (const answer of [200, 480, 404, 486, 500, 503, 603, 0, 200]) {
    bob.answer = answer;
    const text = `answered ${answer}`;
    assert.equal(await alice.tells("bob@ours.example", text), answer === 200 ? 200 : 202, text);
    assert.equal(await bob.reads(), text);
    if (answer !== 200) kept.push(text);
  }
  // No retransmissions of what stays unanswered reach the device that comes next.
  bob.close();
  await place.dies();
  await place.starts();
  const again = await place.client("bob", "tcp");
  await again.registers();
  const heard: string[] = [];
  while (heard.length < kept.length) heard.push(await again.reads());
  assert.deepEqual(heard.sort(), [...kept].sort());
  await again.hearsNothing("MESSAGE");
});
