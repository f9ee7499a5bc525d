import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../src/base/bytes.ts";
import type { Credentials, SecureOptions } from "../src/base/network.ts";
import { keyPem } from "../src/world/issue-certificate.ts";
import { makeAuthority, makeServer } from "./made-certificates.ts";
import { credentialsOn, type Joined, type NetworkUnderTest, onNetwork } from "./network-contract.ts";
import { pass } from "./time.ts";

type Pem = { readonly certificate: string; readonly key: string };
type Given = Parameters<Parameters<typeof onNetwork>[1]>[0];
type Server = SecureOptions & { readonly role: "server" };
type Client = SecureOptions & { readonly role: "client" };

let made: Promise<{ readonly ours: Pem; readonly theirs: Pem }> | undefined;

/** Two servers' certificates with one authority's behind them, made once. */
async function certificates(): Promise<{ readonly ours: Pem; readonly theirs: Pem }> {
  made ??= (async () => {
    const authority = await makeAuthority("Test CA");
    const pemOf = async (domain: string): Promise<Pem> => {
      const issued = await makeServer(domain, authority);
      return { certificate: `${issued.pem}\n${authority.pem}`, key: await keyPem(issued.key) };
    };
    return { ours: await pemOf("ours.example"), theirs: await pemOf("theirs.example") };
  })();
  return made;
}

/** What every network must do with TLS: in place (STARTTLS) and first (direct). */
export function tlsContract(kind: string, make: () => Promise<NetworkUnderTest>): void {
  const check = (name: string, body: (given: Given, sides: Sides) => Promise<void>) =>
    test(`${kind}, TLS: ${name}`, () => onNetwork(make, async (given) => body(given, await sidesOn(given))));

  check("STARTTLS in place: what goes before is clear, what comes after is not", async (given, { server, client }) => {
    const joined = await given.joined();
    await startTls(given, joined, server(), client());
    assert.equal(joined.server.text, "<starttls/>after from client");
    assert.equal(joined.client.text, "<proceed/>after from server");
    assert.deepEqual(joined.client.heard, ["data", "secure", "data"]);
    assert.deepEqual(joined.server.heard, ["data", "secure", "data"]);
    assert.equal(joined.client.connection.tls, joined.client.facts);
  });

  check("both ends export the same value, another one each time", async (given, { server, client }) => {
    const values = new Set<string>();
    for (let n = 0; n < 2; n++) {
      const joined = await given.joined();
      await startTls(given, joined, server(), client());
      const [one, two] = [joined.client.facts?.exporter(), joined.server.facts?.exporter()];
      assert.ok(one !== undefined && two !== undefined && one.byteLength === 32);
      assert.equal(hex(one), hex(two));
      values.add(hex(one));
    }
    assert.equal(values.size, 2);
  });

  check("the server's chain is handed up, leaf first; the client showed none", async (given, sides) => {
    const joined = await given.joined();
    await startTls(given, joined, sides.server({ askCertificate: true }), sides.client());
    assert.deepEqual(joined.client.facts?.peerChain.map(hex), sides.ours.chain.map(hex));
    assert.equal(joined.client.facts?.peerChain.length, 2);
    assert.deepEqual(joined.server.facts?.peerChain, []);
    assert.equal(joined.client.facts?.ownCertificate, undefined);
    assert.equal(hex(joined.server.facts?.ownCertificate ?? Buffer.of()), hex(sides.ours.chain[0] ?? Buffer.of()));
    assert.match(joined.client.facts?.protocol ?? "", /^TLSv1\.3$/);
    assert.match(joined.client.facts?.cipher ?? "", /^TLS_AES/);
  });

  check("certificates on both sides, when the server asks", async (given, sides) => {
    const joined = await given.joined();
    const client = sides.client({ credentials: sides.theirs });
    await startTls(given, joined, sides.server({ askCertificate: true }), client);
    assert.deepEqual(joined.server.facts?.peerChain.map(hex), sides.theirs.chain.map(hex));
    assert.equal(hex(joined.client.facts?.ownCertificate ?? Buffer.of()), hex(sides.theirs.chain[0] ?? Buffer.of()));
  });

  check("a client's certificate is not shown when nobody asks", async (given, sides) => {
    const joined = await given.joined();
    await startTls(given, joined, sides.server(), sides.client({ credentials: sides.theirs }));
    assert.deepEqual(joined.server.facts?.peerChain, []);
  });

  check("the name the client asks for chooses the certificate", async (given, sides) => {
    const credentialsFor = (name: string | undefined): Credentials =>
      name === "theirs.example" ? sides.theirs : sides.ours;
    for (const [servername, shown] of [
      ["theirs.example", sides.theirs],
      ["ours.example", sides.ours],
    ] as const) {
      const joined = await given.joined();
      await startTls(given, joined, sides.server({ credentialsFor }), sides.client({ servername }));
      assert.equal(joined.server.facts?.servername, servername);
      assert.deepEqual(joined.client.facts?.peerChain.map(hex), shown.chain.map(hex));
      assert.equal(hex(joined.server.facts?.ownCertificate ?? Buffer.of()), hex(shown.chain[0] ?? Buffer.of()));
    }
  });

  check("what is written while the handshake runs waits for it", async (given, { server, client }) => {
    const joined = await given.joined();
    joined.server.connection.secure(server());
    joined.client.connection.secure(client());
    for (const side of [joined.server, joined.client]) {
      side.connection.writeText("early, ");
      side.connection.flush();
      side.connection.writeText("and more");
    }
    assert.ok(joined.client.connection.queuedBytes >= "early, and more".length);
    await given.settled("both come", () =>
      [joined.server, joined.client].every((side) => side.text === "early, and more"),
    );
    assert.deepEqual(joined.server.heard.slice(0, 2), ["secure", "data"]);
    assert.deepEqual(joined.client.heard.slice(0, 2), ["secure", "data"]);
  });

  check("much goes through, and half close holds", async (given, { server, client }) => {
    const joined = await given.joined();
    joined.server.endsOnEnd = false;
    joined.server.connection.secure(server());
    joined.client.connection.secure(client());
    for (let n = 0; n < 4; n++) joined.client.connection.writeText("x".repeat(300_000));
    joined.client.connection.end();
    await given.settled("the end comes", () => joined.server.seen.includes("end"));
    assert.equal(joined.server.byteCount, 1_200_000);
    joined.server.connection.end();
    await given.settled("it is over", () =>
      [joined.client, joined.server].every((side) => side.seen.includes("close")),
    );
    assert.equal(joined.client.why, undefined);
    assert.equal(joined.server.why, undefined);
  });

  check("direct TLS: the caller gets a secured connection, with ALPN agreed", async (given, sides) => {
    const { client, server } = await given.joined({
      listen: { tls: sides.server({ alpn: ["xmpp-server"] }) },
      connect: { tls: sides.client({ alpn: ["other", "xmpp-server"] }) },
    });
    const facts = client.connection.tls;
    assert.equal(facts?.alpn, "xmpp-server");
    assert.equal(facts?.servername, "ours.example");
    await given.settled("the server too", () => server.facts !== undefined);
    assert.equal(server.facts?.alpn, "xmpp-server");
    assert.equal(hex(facts?.exporter() ?? Buffer.of()), hex(server.facts?.exporter() ?? Buffer.of(1)));
    server.connection.writeText("welcome");
    await given.settled("it comes", () => client.text === "welcome");
    assert.deepEqual(client.seen, ["data"]);
  });

  check("ALPN is neither demanded nor made up", async (given, sides) => {
    for (const [own, theirs] of [
      [["xmpp-server"], undefined],
      [undefined, ["xmpp-server"]],
    ] as const) {
      const { client } = await given.joined({
        listen: { tls: sides.server(own === undefined ? {} : { alpn: own }) },
        connect: { tls: sides.client(theirs === undefined ? {} : { alpn: theirs }) },
      });
      assert.equal(client.connection.tls?.alpn, undefined);
    }
  });

  check("without a common protocol, or a certificate, there is no connection", async (given, sides) => {
    const { time, one, two, twoAddress } = given;
    const refusing = [sides.server({ alpn: ["xmpp-client"] }), sides.server({ credentialsFor: () => undefined })];
    for (const tls of refusing) {
      const closed: (string | undefined)[] = [];
      const accept = () => ({
        onData() {},
        onSecure: () => assert.fail("secured"),
        onDrain() {},
        onEnd() {},
        onClose: (why?: { code: string }) => void closed.push(why?.code),
      });
      const listening = await time.until(two.listen({ address: twoAddress, port: 0, accept, tls }));
      assert.ok(listening.ok);
      const { port } = listening.value.at;
      const wish = sides.client({ alpn: ["xmpp-server"] });
      const result = await time.until(one.connect({ address: twoAddress, port, timeoutMs: 5_000, tls: wish }));
      assert.equal(!result.ok && result.fault.code, "tls-failed");
      await given.settled("the server's end is told", () => closed.length > 0);
      assert.deepEqual(closed, ["tls-failed"]);
      await time.until(listening.value.close());
    }
  });

  check("who speaks in the clear to a handshake is cut off", async (given, { server }) => {
    const joined = await given.joined();
    joined.server.connection.secure(server());
    joined.client.connection.writeText("<stream:stream to='ours.example'>".repeat(10));
    await given.settled("closed", () => joined.server.seen.includes("close"));
    assert.equal(joined.server.why?.code, "tls-failed");
    assert.deepEqual(joined.server.heard, ["close"]);
  });

  check("a handshake to somebody who speaks in the clear looks to them like bytes", async (given, { client }) => {
    const joined = await given.joined();
    joined.client.connection.secure(client());
    await given.settled("they come", () => joined.server.byteCount > 2);
    joined.server.connection.destroy();
    await given.settled("closed", () => joined.client.seen.includes("close"));
    assert.ok(!joined.client.seen.includes("secure"));
    await pass(given.time, 5);
  });

  check("a key of another certificate makes no credentials", async ({ one }) => {
    const { ours, theirs } = await certificates();
    const result = one.credentials({ certificate: ours.certificate, key: theirs.key });
    assert.equal(!result.ok && result.fault.code, "cert-unreadable");
  });
}

type Sides = {
  readonly ours: Credentials;
  readonly theirs: Credentials;
  server(changes?: Partial<Server>): Server;
  client(changes?: Partial<Client>): Client;
};

async function sidesOn({ one, two }: Given): Promise<Sides> {
  const { ours, theirs } = await certificates();
  const shown = credentialsOn(two, ours);
  return {
    ours: shown,
    theirs: credentialsOn(one, theirs),
    server: (changes = {}) => ({
      role: "server",
      credentialsFor: () => shown,
      askCertificate: false,
      versionMin: "TLSv1.2",
      ...changes,
    }),
    client: (changes = {}) => ({
      role: "client",
      credentials: undefined,
      servername: "ours.example",
      versionMin: "TLSv1.2",
      ...changes,
    }),
  };
}

/** RFC 6120 §5.4.2 with both parties: ask, proceed, handshake, and a word each way afterwards. */
async function startTls(given: Given, { client, server }: Joined, serverTls: Server, clientTls: Client) {
  server.onBytes = () => {
    if (server.text !== "<starttls/>") return;
    server.connection.writeText("<proceed/>");
    server.connection.secure(serverTls);
  };
  client.onBytes = () => {
    if (client.text === "<proceed/>") client.connection.secure(clientTls);
  };
  server.onFacts = () => server.connection.writeText("after from server");
  client.onFacts = () => client.connection.writeText("after from client");
  client.connection.writeText("<starttls/>");
  await given.settled(
    "both are secure and have heard",
    () =>
      [client, server].every((side) => side.facts !== undefined && side.text.includes("after from")) &&
      client.text.endsWith("server") &&
      server.text.endsWith("client"),
  );
}
