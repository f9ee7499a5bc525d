import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { SocketConnection } from "./connection.ts";
import { Turn } from "./turn.ts";

/** A turn that ends when it is told to. */
function turn() {
  const ends: (() => void)[] = [];
  const clock = {
    now: () => 0,
    monotonicMs: () => 0,
    after: () => () => {},
    endOfTurn: (then: () => void) => void ends.push(then),
  };
  return { turn: new Turn(clock), end: () => ends.splice(0).forEach((then) => void then()), ends };
}

/** Writes down what happens to it. */
function party(name: string, seen: string[], on: (text: string) => void = () => {}) {
  return {
    take(bytes: Uint8Array) {
      const text = Buffer.from(bytes).toString();
      seen.push(`${name} takes ${text}`);
      on(text);
    },
    flush: () => void seen.push(`${name} flushes`),
  };
}

const bytes = (text: string) => Buffer.from(text);

test("all that came is handed on, in order, before anything is sent, once a turn", () => {
  const { turn: it, end, ends } = turn();
  const seen: string[] = [];
  const bob = party("bob", seen);
  const alice = party("alice", seen, () => it.add(bob));
  it.came(alice, bytes("one"));
  it.add(alice);
  it.came(bob, bytes("two"));
  it.came(alice, bytes("three"));
  assert.deepEqual(seen, []);
  assert.equal(ends.length, 1);
  end();
  assert.deepEqual(seen, [
    "alice takes one",
    "bob takes two",
    "alice takes three",
    "alice flushes",
    "bob flushes",
    "bob flushes",
  ]);
  end();
  assert.equal(seen.length, 6, "and nothing is left over");
  it.came(bob, bytes("four"));
  assert.equal(ends.length, 1, "the next turn has an end too");
});

test("too much to wait for is handed on at once", () => {
  const { turn: it } = turn();
  const seen: number[] = [];
  const taker = { take: (part: Uint8Array) => void seen.push(part.length) };
  it.came(taker, new Uint8Array(1_000_000));
  assert.deepEqual(seen, []);
  it.came(taker, new Uint8Array(100_000));
  assert.deepEqual(seen, [1_000_000, 100_000]);
});

test("what must follow is asked for in the midst of it, and what is for nobody any more is dropped", () => {
  const { turn: it, end } = turn();
  const seen: string[] = [];
  const bob = party("bob", seen);
  const carol = party("carol", seen);
  const alice = party("alice", seen, (text) => {
    if (text === "one") it.forget(carol);
    if (text === "two") it.deliver();
    if (text === "two") it.wake(bob);
  });
  for (const [who, text] of [
    [alice, "one"],
    [carol, "lost"],
    [alice, "two"],
    [bob, "three"],
  ] as const)
    it.came(who, bytes(text));
  end();
  assert.deepEqual(seen, ["alice takes one", "alice takes two", "bob takes three", "bob takes "]);
});

test("one who throws holds up nobody else for longer than a turn", () => {
  const { turn: it, end } = turn();
  const seen: string[] = [];
  const bob = party("bob", seen);
  const alice = party("alice", seen, () => {
    throw new Error("alice's own");
  });
  it.came(alice, bytes("one"));
  it.came(bob, bytes("two"));
  it.add(bob);
  assert.throws(end, /alice's own/);
  end();
  assert.deepEqual(seen, ["alice takes one", "bob takes two", "bob flushes"]);
});

test("what comes in the clear behind the request for TLS is not heard as if it came through TLS", {
  timeout: 10_000,
}, async () => {
  const { turn: it, end } = turn();
  const heard: string[] = [];
  const closed = new Promise<void>((done) => {
    const server = createServer((socket: Socket) => {
      const connection = new SocketConnection(socket, it);
      connection.handler = {
        onData: (part) => {
          heard.push(Buffer.from(part).toString());
          connection.secure({
            role: "server",
            credentialsFor: () => undefined,
            askCertificate: false,
            versionMin: "TLSv1.2",
          });
        },
        onSecure: () => heard.push("secure"),
        onDrain() {},
        onEnd() {},
        onClose: () => done(),
      };
      // Both are read before the turn ends, as two segments may be.
      socket.emit("data", bytes("starttls"));
      socket.emit("data", bytes("injected"));
      end();
      server.close();
      setTimeout(() => connection.destroy(), 50);
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connect(port, "127.0.0.1").on("error", () => {});
    });
  });
  await closed;
  assert.deepEqual(heard, ["starttls"]);
});

test("all that came before the end is heard before it", { timeout: 10_000 }, async () => {
  const { turn: it, end } = turn();
  const heard: string[] = [];
  const closed = new Promise<void>((done) => {
    const server = createServer((socket: Socket) => {
      const connection = new SocketConnection(socket, it);
      connection.handler = {
        onData: (part) => void heard.push(Buffer.from(part).toString()),
        onSecure() {},
        onDrain() {},
        onEnd: () => void heard.push("the end"),
        onClose: () => done(),
      };
      // All of it is read in one turn, as it may be when the peer closes at once.
      for (const part of ["one", "two", "three"]) socket.emit("data", bytes(part));
      socket.emit("end");
      end();
      server.close();
      connection.destroy();
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connect(port, "127.0.0.1").on("error", () => {});
    });
  });
  await closed;
  assert.deepEqual(heard, ["one", "two", "three", "the end"]);
});
