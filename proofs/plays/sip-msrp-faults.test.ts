import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Twin } from "../../src/twin/twin.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { type Stage, setStage } from "../play-stage.ts";

const bodies = (twin: Twin) => twin.sessions.heard.map(({ text }) => text);
const message = (id: string, text: string) =>
  `<message to='m1@contoso.example' type='chat' id='${id}'><body>${text}</body></message>`;
const returned = (id: string, condition: string, type: string) =>
  `<message type='error' from='m1@contoso.example' to='alice@ours.example/desk' id='${id}'>...<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></message>`;

async function set(t: TestContext, quirks: object, mode = "msrp") {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple", { quirks }, { mode });
  return { stage, twin, alice: await stage.present("alice") };
}

for (const [status, condition, type] of [
  [403, "forbidden", "auth"],
  [413, "policy-violation", "modify"],
  [415, "not-acceptable", "modify"],
] as const) {
  test(`RFC 4975 §10: ${status} to a text comes back to who wrote it, in words`, async (t) => {
    const { twin, alice } = await set(t, { "msrp-status": status });
    alice.sends(message("1", "x"));
    await alice.receives(returned("1", condition, type));
    // The session stands: what is taken next is taken in it.
    twin.quirks["msrp-status"] = 0;
    alice.sends(message("2", "better"));
    await until("M1 reads", () => bodies(twin).includes("better"), twin);
    assert.equal(twin.sessions.list.length, 1);
  });
}

test("R18: a connection that dies amid a text takes nothing with it: another session, the text once", async (t) => {
  const { twin, alice } = await set(t, { "msrp-drop": 2, "msrp-stays": 1 });
  alice.sends(message("1", "one"));
  await until("M1 reads", () => bodies(twin).includes("one"), twin);
  alice.sends(message("2", "two"));
  await until("M1 reads", () => bodies(twin).includes("two"), twin);
  assert.deepEqual(bodies(twin), ["one", "two"]);
  await until("the first session is over", () => twin.sessions.list[0]?.state === "over", twin);
  assert.deepEqual(twin.violations, []);
});

test("RFC 8122 §5: whoever shows another certificate than was described hears nothing, and who wrote is told", async (t) => {
  for (const setup of [1, 2]) {
    const { twin, alice } = await set(t, { "msrp-wrong-fingerprint": 1, "msrp-setup": setup });
    alice.sends(message("1", "secret"));
    await alice.receives(returned("1", "recipient-unavailable", "cancel"));
    assert.deepEqual(bodies(twin), []);
  }
});

test("an INVITE of theirs that is refused, and one whose session cannot be had, come back with words", async (t) => {
  const { twin, alice } = await set(t, { "invite-status": 486 });
  alice.sends(message("1", "x"));
  await alice.receives(returned("1", "recipient-unavailable", "wait"));
  twin.quirks["invite-status"] = 0;
  await twin.msrp.close();
  twin.quirks["msrp-setup"] = 2;
  alice.sends(message("2", "x"));
  await alice.receives(returned("2", "recipient-unavailable", "wait"));
});

test("what cannot be shown here is refused with 415, what they may not send with 403", async (t) => {
  const { twin, alice } = await set(t, {});
  const m1 = person(twin, "m1");
  const first = twin.say(m1, "alice@ours.example", "hello");
  await alice.hears();
  const end = twin.sessions.between(m1, "alice@ours.example")?.msrp;
  assert.ok(end);
  const statuses: number[] = [];
  end.send("image/png", "not a picture", { answered: (status) => statuses.push(status), reported: () => {} });
  await until("415", () => statuses[0] === 415, twin);
  end.send("text/plain", "x".repeat(70_000), { answered: (status) => statuses.push(status), reported: () => {} });
  await until("413", () => statuses.includes(413), twin);
  alice.sends("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='m1@contoso.example'/></block></iq>");
  await alice.hears();
  const blocked = twin.say(m1, "alice@ours.example", "hello?");
  await until("403", () => blocked.status === 403, twin);
  assert.equal(first.status, 200);
});

/** A stranger on the port for MSRP. */
async function stranger(
  stage: Stage,
): Promise<{ readonly socket: Socket; readonly heard: () => string; readonly closed: Promise<unknown> }> {
  const socket = connect({ host: "127.0.0.1", port: stage.port("msrp-tcp") });
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { socket, heard: () => heard, closed };
}

const send = (id: string, session: string, from = "me00") =>
  `MSRP ${id} SEND\r\nTo-Path: msrp://127.0.0.1:9/${session};tcp\r\nFrom-Path: msrp://127.0.0.1:9/${from};tcp\r\nMessage-ID: ${id}\r\nByte-Range: 1-1/1\r\nContent-Type: text/plain\r\n\r\nx\r\n-------${id}$\r\n`;

test("a stranger on the port is told 481, three times at most, and nothing of his is kept", async (t) => {
  const stage = await setStage(t);
  const { socket, heard, closed } = await stranger(stage);
  for (const id of ["tx01", "tx02", "tx03", "tx04"]) socket.write(send(id, "0123456789abcdef0123456789abcdef"));
  await closed;
  assert.equal(heard().match(/ 481 /g)?.length, 3);
});

test("who says nothing on the port, or something else than MSRP, is not kept either", async (t) => {
  const stage = await setStage(t, { limits: { unauthenticatedMs: 300 } });
  const silent = await stranger(stage);
  await silent.closed;
  const web = await stranger(stage);
  web.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await web.closed;
  assert.equal(web.heard(), "");
});

test("RFC 4975 §7.3: a session is its first connection's; another one is refused with 506, a wrong From-Path with 481", async (t) => {
  const msrp = { host: "127.0.0.1", port: undefined };
  const stage = await setStage(t, { sip: { advertise: "ours.example", msrp } });
  const twin = await partnerOf(
    t,
    stage,
    "simple",
    {
      transport: "tcp",
      peer: { address: "127.0.0.1", port: stage.port("sip-tcp"), host: "ours.example" },
      quirks: { "msrp-setup": 1 },
    },
    { mode: "msrp", addresses: ["127.0.0.1"] },
  );
  const alice = await stage.present("alice");
  alice.sends(message("1", "one"));
  await until("M1 reads", () => bodies(twin).includes("one"), twin);
  const end = twin.sessions.list[0]?.msrp;
  const ours = /\/([0-9a-f]+);tcp$/.exec(end?.theirs?.path ?? "")?.[1] ?? "";
  const { socket, heard } = await stranger(stage);
  socket.write(send("tx01", ours, end?.parts.id));
  socket.write(send("tx02", ours, "somebody"));
  await until("both are refused", () => / 506 .* 481 /s.test(heard()), twin);
  await alice.receivesNothing();
});
