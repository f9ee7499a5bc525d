import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { Endpoint, SecureOptions } from "../src/base/network.ts";
import { systemClock } from "../src/world/clock.ts";
import { type KeyKind, keyPem } from "../src/world/issue-certificate.ts";
import { systemNetwork } from "../src/world/network.ts";
import { make } from "./made-certificates.ts";
import { credentialsOn } from "./network-contract.ts";

const network = systemNetwork(systemClock());

async function pemOf(keyKind: KeyKind) {
  const issued = await make("old.example", { keyKind, names: { dns: ["old.example"] } });
  return { certificate: issued.pem, key: await keyPem(issued.key) };
}

/** Listens with or without the legacy profile, and closes everything afterwards. */
async function serving(legacy: boolean, body: (at: Endpoint) => Promise<void>): Promise<void> {
  const credentials = credentialsOn(network, await pemOf("RSA-2048"));
  const tls: SecureOptions & { role: "server" } = {
    role: "server",
    credentialsFor: () => credentials,
    askCertificate: true,
    versionMin: "TLSv1.3",
    legacy,
  };
  const listening = await network.listen({
    address: "127.0.0.1",
    port: 0,
    tls,
    accept: (connection) => ({
      onData: (bytes) => connection.write(bytes),
      onSecure() {},
      onDrain() {},
      onEnd: () => connection.end(),
      onClose() {},
    }),
  });
  assert.ok(listening.ok);
  try {
    await body(listening.value.at);
  } finally {
    await listening.value.close();
  }
}

/** What a client gets: version and cipher, or the failure. */
async function met(at: Endpoint, version: "TLSv1" | "TLSv1.1" | "TLSv1.3", ciphers: string): Promise<string> {
  const socket: TLSSocket = connect({
    host: at.address,
    port: at.port,
    rejectUnauthorized: false,
    minVersion: version === "TLSv1.3" ? "TLSv1.2" : version,
    maxVersion: version,
    ciphers,
  });
  try {
    await once(socket, "secureConnect");
    socket.write("echo");
    const [heard] = await once(socket, "data");
    assert.equal(String(heard), "echo");
    return `${socket.getProtocol()} ${socket.getCipher().name}`;
  } catch {
    return "refused";
  } finally {
    socket.destroy();
  }
}

test("TLS 1.0 and 1.1 are spoken in the legacy profile alone, with the ciphers of their time", async () => {
  const ask = async (at: Endpoint) => [
    await met(at, "TLSv1", "AES128-SHA:@SECLEVEL=0"),
    await met(at, "TLSv1", "AES256-SHA:@SECLEVEL=0"),
    await met(at, "TLSv1", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"),
    await met(at, "TLSv1.1", "AES128-SHA:@SECLEVEL=0"),
  ];
  await serving(true, async (at) => {
    assert.deepEqual(await ask(at), [
      "TLSv1 AES128-SHA",
      "TLSv1 AES256-SHA",
      "TLSv1 ECDHE-RSA-AES128-SHA",
      "TLSv1.1 AES128-SHA",
    ]);
  });
  await serving(false, async (at) => {
    assert.deepEqual(await ask(at), ["refused", "refused", "refused", "refused"]);
  });
});

test("who knows better gets better in the legacy profile too", () =>
  serving(true, async (at) => {
    assert.equal(await met(at, "TLSv1.3", "TLS_AES_128_GCM_SHA256"), "TLSv1.3 TLS_AES_128_GCM_SHA256");
  }));

test("we call a server that has nothing but TLS 1.0 in the legacy profile alone", async () => {
  const { certificate: cert, key } = await pemOf("RSA-1024");
  const server = createServer({
    cert,
    key,
    minVersion: "TLSv1",
    maxVersion: "TLSv1",
    ciphers: "AES128-SHA:@SECLEVEL=0",
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const call = async (legacy: boolean) => {
    const tls = { role: "client", credentials: undefined, servername: "old.example", versionMin: "TLSv1.2" } as const;
    const result = await network.connect({
      address: "127.0.0.1",
      port,
      timeoutMs: 5_000,
      tls: { ...tls, legacy },
    });
    if (!result.ok) return result.fault.code;
    const { tls: facts } = result.value;
    result.value.destroy();
    assert.equal(facts?.exporter(), undefined);
    return `${facts?.protocol} ${facts?.peerChain.length}`;
  };
  const answers = [await call(true), await call(false)];
  server.close();
  assert.deepEqual(answers, ["TLSv1 1", "tls-failed"]);
});
