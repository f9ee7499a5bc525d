import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/base/bytes.ts";
import type { DatagramHandler, DatagramSocket, Endpoint, Network } from "../src/base/network.ts";
import type { NetworkPair } from "./network-contract.ts";
import { eventually, pass } from "./time.ts";

/** A socket and what it has heard. */
export class Mailbox implements DatagramHandler {
  readonly heard: { readonly bytes: Uint8Array; readonly from: Endpoint }[] = [];
  socket: DatagramSocket | undefined;

  onDatagram(bytes: Uint8Array, from: Endpoint): void {
    this.heard.push({ bytes, from });
  }

  get at(): Endpoint {
    assert.ok(this.socket);
    return this.socket.at;
  }

  get texts(): readonly string[] {
    return this.heard.map(({ bytes }) => Buffer.from(bytes).toString());
  }

  send(text: string, to: Endpoint): void {
    this.socket?.send(utf8(text), to);
  }
}

type Given = NetworkPair & {
  open(network: Network, address: string, port?: number): Promise<Mailbox>;
  settled(what: string, holds: () => boolean): Promise<void>;
};

/** Runs one case on two hosts, and closes afterwards what it opened. */
export async function withMailboxes<P extends NetworkPair>(
  pair: P,
  body: (given: P & Given) => Promise<void>,
): Promise<void> {
  const { time } = pair;
  const opened: Mailbox[] = [];
  const open = async (network: Network, address: string, port = 0): Promise<Mailbox> => {
    const box = new Mailbox();
    const socket = await time.until(network.datagrams({ address, port, handler: box }));
    assert.ok(socket.ok, socket.ok ? "" : socket.fault.detail);
    box.socket = socket.value;
    opened.push(box);
    return box;
  };
  const settled = (what: string, holds: () => boolean) => eventually(time, what, holds);
  try {
    await body({ ...pair, open, settled });
  } finally {
    await time.until(Promise.all(opened.map(({ socket }) => socket?.close())));
  }
}

/** What every network must do with datagrams while it is in good order. */
export function datagramContract(kind: string, make: () => NetworkPair): void {
  const check = (name: string, body: (given: Given & { alice: Mailbox; bob: Mailbox }) => Promise<void>) =>
    test(`${kind}: ${name}`, () =>
      withMailboxes(make(), async (given) => {
        const alice = await given.open(given.one, given.oneAddress);
        const bob = await given.open(given.two, given.twoAddress);
        await body({ ...given, alice, bob });
      }));

  check("a datagram comes whole, with its sender's address, and can be answered", async ({ alice, bob, settled }) => {
    alice.send("é€😀", bob.at);
    await settled("it comes", () => bob.heard.length === 1);
    const [{ from } = assert.fail()] = bob.heard;
    assert.deepEqual([from.address, from.port], [alice.at.address, alice.at.port]);
    assert.deepEqual(bob.texts, ["é€😀"]);
    bob.send("answer", from);
    await settled("the answer comes", () => alice.heard.length === 1);
    assert.deepEqual(alice.texts, ["answer"]);
    assert.equal(alice.heard[0]?.from.port, bob.at.port);
  });

  check("many come, each for itself, and in memory of their own", async ({ alice, bob, settled }) => {
    const sent = Array.from({ length: 60 }, (_, n) => `${n} ${"x".repeat(n * 10)}`);
    for (const text of sent) alice.send(text, bob.at);
    await settled("all have come", () => bob.heard.length === sent.length);
    assert.deepEqual([...bob.texts].sort(), [...sent].sort());
    bob.heard[0]?.bytes.fill(0);
    assert.equal(bob.texts.filter((text) => sent.includes(text)).length, sent.length - 1);
  });

  check("an empty one comes, and the largest there is", async ({ alice, bob, settled }) => {
    alice.send("", bob.at);
    alice.send("x".repeat(65_507), bob.at);
    await settled("both come", () => bob.heard.length === 2);
    assert.deepEqual(bob.texts.map((text) => text.length).sort(), [0, 65_507]);
  });

  check("what is too large, or goes to nowhere, is lost and harms nothing", async ({ alice, bob, settled, time }) => {
    const gone = { address: bob.at.address, port: 9 };
    alice.send("x".repeat(70_000), bob.at);
    for (const to of [gone, { address: "nonsense", port: 5060 }, { address: "2001:db8::1", port: 5060 }]) {
      alice.send("lost", to);
    }
    for (const port of [0, -1, 70_000]) alice.send("lost", { address: bob.at.address, port });
    await pass(time, 20); // word of the closed port may come back
    alice.send("alive", bob.at);
    await settled("the next comes", () => bob.heard.length > 0);
    assert.deepEqual(bob.texts, ["alive"]);
  });

  check("one place is taken once, and only where it is ours", async ({ alice, one, oneAddress, time }) => {
    const handler = new Mailbox();
    for (const at of [
      { address: oneAddress, port: alice.at.port },
      { address: "192.0.2.1", port: 0 },
      { address: "localhost", port: 0 },
    ]) {
      const result = await time.until(one.datagrams({ ...at, handler }));
      assert.equal(!result.ok && result.fault.code, "listen-failed", at.address);
    }
  });

  check("TCP has ports of its own", async ({ alice, one, oneAddress, time }) => {
    const { port } = alice.at;
    const listening = await time.until(one.listen({ address: oneAddress, port, accept: () => undefined }));
    assert.ok(listening.ok);
    await time.until(listening.value.close());
  });

  check("a closed one hears nothing, and its place is free", async ({ alice, bob, two, time, settled, open }) => {
    await time.until(bob.socket?.close() ?? Promise.resolve());
    alice.send("into the void", bob.at);
    bob.send("from the void", alice.at);
    await pass(time, 20);
    assert.deepEqual([bob.texts, alice.texts], [[], []]);
    const next = await open(two, bob.at.address, bob.at.port);
    alice.send("anybody?", next.at);
    await settled("it comes", () => next.heard.length === 1);
    await time.until(bob.socket?.close() ?? Promise.resolve()); // a second time harms nothing
  });
}
