import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createSecureContext, connect as tlsConnect } from "node:tls";
import { xcapApp } from "../src/admin/xcap-app.ts";
import { serveHttp } from "../src/app/http-server.ts";
import type { DomainName } from "../src/base/domain-name.ts";
import type { Limits } from "../src/base/limits.ts";
import { identityOf, setStage } from "./play-stage.ts";

const request = "GET /xcap-root/nothing HTTP/1.1\r\nHost: ours.example\r\n";

async function set(t: TestContext, limits: Partial<Limits>) {
  const stage = await setStage(t, { limits });
  const app = xcapApp(
    () => stage.node.xcap,
    () => ["ours.example" as DomainName],
    () => 262_144,
  );
  const context = createSecureContext(await identityOf("ours.example"));
  const server = await serveHttp(app, "127.0.0.1", 0, stage.node.httpDoor("xcap"), () => context);
  assert.ok(server.ok);
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await server.value.close();
  });
  const opens = async (address = "127.0.0.1") => {
    const socket = connect({ host: "127.0.0.1", port: server.value.port, localAddress: address });
    sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  /** After the handshake; what comes is read. */
  const secured = async (address?: string) => {
    const socket = tlsConnect({ socket: await opens(address), rejectUnauthorized: false, servername: "ours.example" });
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    return socket;
  };
  const count = (reason: string) => stage.metrics.value("comity_connections_refused_total", reason);
  const open = () => stage.metrics.value("comity_connections", "xcap");
  return { stage, opens, secured, count, open, server: server.value };
}

async function closedWithin(socket: Socket, ms: number): Promise<boolean> {
  socket.resume();
  if (socket.closed) return true;
  return Promise.race([once(socket, "close").then(() => true), setTimeout(ms).then(() => false)]);
}

async function answerOn(socket: Socket): Promise<string> {
  socket.write(`${request}\r\n`);
  const [bytes] = await once(socket, "data", { signal: AbortSignal.timeout(3_000) });
  return String(bytes).split("\r\n", 1)[0] ?? "";
}

test("connectionsPerAddressMax: a hundred idle connections to XCAP over TLS leave room for everybody else", async (t) => {
  const { stage, opens, secured, count, open } = await set(t, { connectionsPerAddressMax: 20, tlsHandshakeMs: 60_000 });
  const idle = await Promise.all(Array.from({ length: 100 }, () => opens()));
  await Promise.all(idle.slice(20).map((socket) => closedWithin(socket, 3_000)));
  assert.equal(idle.filter((socket) => socket.closed).length, 80);
  assert.equal(count("connectionsPerAddressMax"), 80);
  assert.equal(open(), 20);
  assert.match(await answerOn(await secured("127.0.0.2")), /^HTTP\/1\.1 401 /);
  // They are counted together with those of the other doors.
  const another = connect({ host: "127.0.0.1", port: stage.port("sip-tcp") });
  another.on("error", () => {});
  assert.ok(await closedWithin(another, 3_000));
  for (const socket of idle) socket.destroy();
  for (let tries = 0; open() > 1 && tries < 50; tries++) await setTimeout(20);
  assert.equal(open(), 1);
});

test("tlsHandshakeMs: who never shakes hands is closed", async (t) => {
  const { opens, count } = await set(t, { tlsHandshakeMs: 300 });
  const silent = await Promise.all(Array.from({ length: 10 }, () => opens()));
  const half = await opens();
  half.write(Buffer.from([22, 3, 1, 2, 0, 1])); // the head of a ClientHello
  const closed = await Promise.all([...silent, half].map((socket) => closedWithin(socket, 3_000)));
  assert.deepEqual(new Set(closed), new Set([true]));
  assert.equal(count("tlsHandshakeMs"), 11);
});

test("tlsHandshakeMs holds at the SIP door too, and nobody who shook hands is held to it", async (t) => {
  const { stage, count } = await set(t, { tlsHandshakeMs: 300 });
  const silent = connect({ host: "127.0.0.1", port: stage.port("sip-tls") });
  silent.on("error", () => {});
  const alice = await stage.sipClient("alice", "tls");
  assert.ok(await closedWithin(silent, 3_000));
  assert.equal(count("tlsHandshakeMs"), 1);
  await setTimeout(400);
  await alice.registers();
});

test("unauthenticatedMs: a request that is said slowly, or not at all, is answered 408", async (t) => {
  const { secured, count } = await set(t, { unauthenticatedMs: 500 });
  const slow = await secured();
  const silent = await secured();
  slow.write(request);
  const [answer] = await once(slow, "data", { signal: AbortSignal.timeout(5_000) });
  assert.match(String(answer), /^HTTP\/1\.1 408 /);
  assert.ok(await closedWithin(slow, 3_000));
  assert.ok(await closedWithin(silent, 3_000));
  assert.equal(count("unauthenticatedMs"), 2);
});

test("httpIdleMs, slowReaderMs: between requests, and while nothing moves", async (t) => {
  const { secured, count } = await set(t, { httpIdleMs: 300, slowReaderMs: 400 });
  const idle = await secured();
  assert.match(await answerOn(idle), / 401 /);
  assert.match(await answerOn(idle), / 401 /);
  assert.ok(await closedWithin(idle, 3_000));
  assert.equal(count("slowReaderMs"), 0);
  const silent = await secured();
  assert.ok(await closedWithin(silent, 3_000));
  assert.equal(count("slowReaderMs"), 1);
});

test("closing waits for nobody longer than closeMs", async (t) => {
  const { opens, secured, server } = await set(t, { closeMs: 300 });
  await opens();
  const asking = await secured();
  asking.write(request);
  await setTimeout(50);
  const begun = performance.now();
  await server.close();
  assert.ok(performance.now() - begun < 2_000);
});
