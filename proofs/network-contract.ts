import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/base/bytes.ts";
import type { Connection, ConnectOptions, Credentials, Listener, ListenOptions, Network } from "../src/base/network.ts";
import { Recorder } from "./connection-recorder.ts";
import { eventually, pass, type Time, turnEnds } from "./time.ts";

/** Two hosts' doors to one network. */
export type NetworkPair = {
  readonly time: Time;
  readonly one: Network;
  readonly two: Network;
  readonly oneAddress: string;
  readonly twoAddress: string;
};

export type NetworkUnderTest = NetworkPair & {
  /** An address and port at which nobody ever answers anything. */
  silent(): Promise<{ readonly address: string; readonly port: number }>;
};

type Given = NetworkUnderTest & {
  /** Listens on two, connects from one, and answers both ends with what they hear. */
  joined(options?: JoinOptions): Promise<Joined>;
  settled(what: string, holds: () => boolean): Promise<void>;
};

export type JoinOptions = {
  readonly listen?: Partial<ListenOptions>;
  readonly connect?: Partial<ConnectOptions>;
};

export type Joined = { readonly client: Recorder; readonly server: Recorder; readonly listener: Listener };

/** Runs one case on a network, and closes afterwards what it opened. */
export async function onNetwork(make: () => Promise<NetworkUnderTest>, body: (given: Given) => Promise<void>) {
  const under = await make();
  const { time, one, two, twoAddress } = under;
  const opened: Connection[] = [];
  const listeners: Listener[] = [];
  const settled = (what: string, holds: () => boolean) => eventually(time, what, holds);
  const joined = async (options: JoinOptions = {}): Promise<Joined> => {
    let server: Recorder | undefined;
    const accept = (connection: Connection) => {
      opened.push(connection);
      server = new Recorder(connection);
      return server;
    };
    const listening = await time.until(two.listen({ address: twoAddress, port: 0, accept, ...options.listen }));
    assert.ok(listening.ok, "listening");
    listeners.push(listening.value);
    const port = listening.value.at.port;
    const dialled = one.connect({ address: twoAddress, port, timeoutMs: 5_000, ...options.connect });
    const client = await time.until(
      dialled.then((result) => {
        assert.ok(result.ok, result.ok ? "" : `${result.fault.code}: ${result.fault.detail}`);
        opened.push(result.value);
        return new Recorder(result.value); // before anything else is awaited
      }),
    );
    await settled("the server's end", () => server !== undefined);
    assert.ok(server);
    return { client, server, listener: listening.value };
  };
  try {
    await body({ ...under, joined, settled });
  } finally {
    for (const connection of opened) connection.destroy();
    await time.until(Promise.all(listeners.map((listener) => listener.close())));
    await pass(time, 5);
  }
}

/** What every network must do with connections in the clear; TLS has its own suite. */
export function networkContract(kind: string, make: () => Promise<NetworkUnderTest>): void {
  const check = (name: string, body: (given: Given) => Promise<void>) =>
    test(`${kind}: ${name}`, () => onNetwork(make, body));

  check("bytes arrive whole and in order, both ways, whoever splits them", async ({ joined, settled }) => {
    const { client, server } = await joined();
    const sent = Array.from({ length: 500 }, (_, n) => `line ${n} é€😀\n`);
    for (const line of sent) {
      client.connection.writeText(line);
      server.connection.write(utf8(line.toUpperCase()));
    }
    await settled(
      "all has come",
      () => client.text.length >= sent.join("").length && server.text.length >= sent.join("").length,
    );
    assert.equal(server.text, sent.join(""));
    assert.equal(client.text, sent.join("").toUpperCase());
  });

  check("each end knows both addresses, and the same ones", async ({ joined, oneAddress, twoAddress }) => {
    const { client, server, listener } = await joined({ connect: { localAddress: oneAddress } });
    assert.deepEqual(client.connection.remote, { address: twoAddress, port: listener.at.port });
    assert.equal(client.connection.local.address, oneAddress);
    assert.deepEqual(server.connection.remote, client.connection.local);
    assert.deepEqual(server.connection.local, client.connection.remote);
    assert.equal(client.connection.tls, undefined);
  });

  check("the writes of one turn are gathered until it ends", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    client.connection.writeText("é");
    client.connection.write(utf8("bc"));
    assert.equal(client.connection.queuedBytes, 4);
    await turnEnds(time);
    await settled("it leaves", () => client.connection.queuedBytes === 0);
    await settled("it comes", () => server.text === "ébc");
    assert.deepEqual(client.seen, [], "and a write that was taken at once is not announced");
  });

  check("flush sends now", async ({ joined, settled }) => {
    const { client, server } = await joined();
    client.connection.writeText("now");
    client.connection.flush();
    client.connection.writeText(", and later");
    assert.equal(client.connection.queuedBytes, ", and later".length);
    await settled("both come", () => server.text === "now, and later");
  });

  check("half close: who has ended is still written to", async ({ joined, settled }) => {
    const { client, server } = await joined();
    server.endsOnEnd = false;
    client.connection.writeText("question");
    client.connection.end();
    client.connection.writeText("too late");
    await settled("the end comes", () => server.seen.includes("end"));
    assert.equal(server.text, "question");
    assert.ok(!client.seen.includes("close"), "half open");
    server.connection.writeText("answer");
    server.connection.end();
    await settled("it is over", () => client.seen.includes("close") && server.seen.includes("close"));
    assert.equal(client.text, "answer");
    assert.deepEqual(client.seen, ["data", "end", "close"]);
    assert.deepEqual(server.seen, ["data", "end", "close"]);
    assert.equal(client.why, undefined);
    assert.equal(server.why, undefined);
  });

  check("what was written before end arrives before it, however much", async ({ joined, settled }) => {
    const { client, server } = await joined();
    const block = "x".repeat(300_000);
    for (let n = 0; n < 4; n++) client.connection.writeText(block);
    client.connection.end();
    await settled("the end comes", () => server.seen.includes("end"));
    assert.equal(server.text.length, 1_200_000);
  });

  check("destroy is at once for us, and the other end learns of it", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    server.connection.writeText("unheard");
    client.connection.destroy();
    client.connection.destroy();
    client.connection.writeText("lost");
    assert.deepEqual(client.seen, [], "never inside destroy");
    await settled("both are closed", () => client.seen.includes("close") && server.seen.includes("close"));
    await pass(time, 10);
    assert.deepEqual(client.seen, ["close"], "and nothing but that is said");
    assert.equal(client.why, undefined);
    assert.equal(server.seen.filter((each) => each === "close").length, 1);
    assert.equal(server.text, "");
  });

  check("nothing comes after the close, and what is done then harms nothing", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    client.connection.end();
    await settled("both are closed", () => client.seen.includes("close") && server.seen.includes("close"));
    const heard = [...client.seen];
    for (const { connection } of [client, server]) {
      connection.writeText("late");
      connection.flush();
      connection.pause();
      connection.resume();
      connection.end();
      connection.destroy();
    }
    await pass(time, 20);
    assert.deepEqual(client.seen, heard);
  });

  check("a handler may destroy in the middle of what it hears", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    server.onBytes = () => server.connection.destroy();
    client.connection.writeText("first");
    await settled("it is heard", () => server.seen.includes("data"));
    client.connection.writeText("second");
    await settled("both are closed", () => client.seen.includes("close") && server.seen.includes("close"));
    await pass(time, 10);
    assert.deepEqual(server.seen, ["data", "close"]);
  });

  check("a slow reader is waited for: bytes queue here, and their leaving is announced", async (given) => {
    const { joined, settled, time } = given;
    const { client, server } = await joined();
    server.connection.pause();
    const block = new Uint8Array(1 << 20).fill(97);
    let written = 0;
    while (client.connection.queuedBytes === 0 && written < 64) {
      client.connection.write(block.slice());
      written++;
      await turnEnds(time);
      await pass(time, 20);
    }
    assert.ok(client.connection.queuedBytes > 0, "the system takes no more than it has room for");
    assert.equal(server.text.length, 0, "and nothing is heard while paused");
    assert.ok(!client.seen.includes("drain"));
    server.connection.resume();
    await settled("all has come", () => server.byteCount === written * block.byteLength);
    await settled("it is announced", () => client.seen.includes("drain"));
    assert.equal(client.connection.queuedBytes, 0);
  });

  check("pausing inside a call holds until resume, and loses nothing", async ({ joined, settled, time }) => {
    const { client, server } = await joined();
    server.onBytes = () => server.connection.pause();
    client.connection.writeText("one ");
    await settled("the first comes", () => server.byteCount > 0);
    const heard = server.byteCount;
    client.connection.writeText("two");
    client.connection.end();
    await pass(time, 30);
    assert.equal(server.byteCount, heard);
    assert.ok(!server.seen.includes("end"), "the end waits behind the bytes");
    server.onBytes = () => {};
    server.connection.resume();
    await settled("the end comes", () => server.seen.includes("end"));
    assert.equal(server.text, "one two");
  });

  check("a connection nobody wants is closed", async ({ two, one, twoAddress, time, settled }) => {
    const listening = await time.until(two.listen({ address: twoAddress, port: 0, accept: () => undefined }));
    assert.ok(listening.ok);
    const dialled = await time.until(
      one
        .connect({ address: twoAddress, port: listening.value.at.port, timeoutMs: 5_000 })
        .then((result) => (result.ok ? new Recorder(result.value) : undefined)),
    );
    if (dialled !== undefined) await settled("closed", () => dialled.seen.includes("close"));
    await time.until(listening.value.close());
  });

  check("where nobody listens the connection is refused", async ({ joined, one, twoAddress, time }) => {
    const { listener } = await joined();
    await time.until(listener.close());
    const result = await time.until(one.connect({ address: twoAddress, port: listener.at.port, timeoutMs: 5_000 }));
    assert.equal(!result.ok && result.fault.code, "remote-connection-refused");
  });

  check("a closed listener leaves open connections alone", async ({ joined, settled, time }) => {
    const { client, server, listener } = await joined();
    await time.until(listener.close());
    client.connection.writeText("still here");
    await settled("it comes", () => server.text === "still here");
  });

  check("a name is no address", async ({ one, time }) => {
    const result = await time.until(one.connect({ address: "xmpp.example.org", port: 5269, timeoutMs: 5_000 }));
    assert.equal(!result.ok && result.fault.code, "remote-server-not-found");
  });

  check(
    "one address and port is listened on once, and only where it is ours",
    async ({ joined, two, time, twoAddress }) => {
      const { listener } = await joined();
      const accept = () => undefined;
      const again = await time.until(two.listen({ address: twoAddress, port: listener.at.port, accept }));
      assert.equal(!again.ok && again.fault.code, "listen-failed");
      const foreign = await time.until(two.listen({ address: "192.0.2.1", port: 0, accept }));
      assert.equal(!foreign.ok && foreign.fault.code, "listen-failed");
    },
  );

  check("a handshake nobody answers times out", async ({ one, silent, time }) => {
    const at = await silent();
    const tls = {
      role: "client",
      credentials: undefined,
      servername: "nobody.example",
      versionMin: "TLSv1.2",
    } as const;
    const result = await time.until(one.connect({ ...at, timeoutMs: 50, tls }));
    assert.equal(!result.ok && result.fault.code, "remote-server-timeout");
  });

  check("what is no certificate makes no credentials", async ({ one }) => {
    const result = one.credentials({ certificate: "nonsense", key: "nonsense" });
    assert.equal(!result.ok && result.fault.code, "cert-unreadable");
  });
}

/** Credentials of a test certificate. */
export function credentialsOn(network: Network, pem: { certificate: string; key: string }): Credentials {
  const result = network.credentials(pem);
  assert.ok(result.ok, result.ok ? "" : result.fault.detail);
  return result.value;
}
