import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Twin } from "../../src/twin/twin.ts";
import { lineOf } from "../../src/twin/wire-message.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

/** What the partner's server is sent of subscriptions, in order: "SUBSCRIBE 3600 a", "NOTIFY active closed b"; a letter a dialog. */
function wire(twin: Twin): readonly string[] {
  const lines: string[] = [];
  const dialogs: string[] = [];
  const letter = (callId: string) => {
    if (!dialogs.includes(callId)) dialogs.push(callId);
    return String.fromCharCode(97 + dialogs.indexOf(callId));
  };
  const { edge } = twin;
  const before = edge.onMessage.bind(edge);
  edge.onMessage = (link, message) => {
    const dialog = letter(lineOf(message, "call-id"));
    const [, basic = "-"] = /<basic>(\w+)/.exec(message.body.toString()) ?? [];
    if (message.method === "SUBSCRIBE") lines.push(`SUBSCRIBE ${lineOf(message, "expires")} ${dialog}`);
    if (message.method === "NOTIFY") {
      const state = lineOf(message, "subscription-state").replace(/;expires=\d+/, "");
      lines.push(`NOTIFY ${state} ${basic} ${dialog}`);
    }
    return before(link, message);
  };
  return lines;
}

/** Alice has asked for her roster, so she is told of everything (RFC 6121 §2.1.6). */
async function set(t: TestContext) {
  const stage = await setStage(t);
  const twin = await partnerOf(t, stage, "simple");
  const lines = wire(twin);
  const alice = await stage.present("alice");
  alice.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  await alice.hears();
  return { stage, twin, alice, lines, m1: person(twin, "m1") };
}

/** What she hears until nothing more comes, each as its name and type. */
async function hears(
  alice: { hears(): Promise<{ name: string; attrs: Record<string, string | undefined> }> },
  count: number,
) {
  const all: string[] = [];
  while (all.length < count) {
    const { name, attrs } = await alice.hears();
    all.push(`${name} ${attrs.type ?? "-"}`);
  }
  return all;
}

test("RFC 8048 §4.2: whom she asks is asked; pending is no news, active is; then presence", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  twin.consent(m1, "alice@ours.example", "ask");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await until("the partner is asked", () => lines.length > 0, twin);
  assert.deepEqual(lines, ["SUBSCRIBE 3600 a"]);
  assert.deepEqual(await hears(alice, 1), ["iq set"]); // the roster push: ask='subscribe'
  await alice.receivesNothing(); // K-5
  twin.consent(m1, "alice@ours.example", "allow");
  assert.deepEqual((await hears(alice, 3)).sort(), ["iq set", "presence -", "presence subscribed"]);
  assert.deepEqual(twin.violations, []);
});

test("RFC 8048 §4.2.2: refused at once, or after all: unsubscribed, once", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  twin.consent(m1, "alice@ours.example", "refuse");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  assert.deepEqual(await hears(alice, 3), ["iq set", "iq set", "presence unsubscribed"]);
  // granted to her next request, and taken back later
  twin.consent(m1, "alice@ours.example", "allow");
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  assert.deepEqual((await hears(alice, 4)).sort(), ["iq set", "iq set", "presence -", "presence subscribed"]);
  twin.consent(m1, "alice@ours.example", "refuse");
  const end = (await hears(alice, 3)).sort();
  assert.deepEqual(end, ["iq set", "presence unavailable", "presence unsubscribed"]);
  await alice.receivesNothing();
  assert.equal(lines.length, 2);
});

test("RFC 8048 §4.3: she no longer wants to: Expires 0 in the dialog there is, and they are gone for her", async (t) => {
  const { twin, alice, lines } = await set(t);
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await hears(alice, 4);
  alice.sends("<presence to='m1@contoso.example' type='unsubscribe'/>");
  await until("the subscription ends", () => lines.includes("SUBSCRIBE 0 a"), twin);
  assert.deepEqual((await hears(alice, 2)).sort(), ["iq set", "presence unavailable"]);
  await alice.receivesNothing();
  assert.deepEqual(lines, ["SUBSCRIBE 3600 a", "SUBSCRIBE 0 a"]);
  assert.deepEqual(twin.violations, []);
});

test("RFC 8048 §4.3.1, §7.1: she leaves and comes back: the subscription stays, and what is known is shown at once", async (t) => {
  const { stage, twin, alice, lines, m1 } = await set(t);
  alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
  await hears(alice, 4);
  await alice.leaves();
  twin.setState(m1, "busy");
  const back = await stage.present("alice");
  await back.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>dnd</show>...</presence>");
  assert.deepEqual(lines, ["SUBSCRIBE 3600 a"]);
});

test("RFC 8048 §5.2: who asks to see her waits as pending, and is told when she grants, and all that follows", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  twin.subscribe(m1, "alice@ours.example");
  await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
  await until("pending", () => lines.length === 1, twin);
  assert.match(lines[0] ?? "", /^NOTIFY pending (?:-|closed) a$/);
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  await until("active", () => lines.includes("NOTIFY active open a"), twin);
  await alice.hears(); // the roster push
  // a refresh asks nobody (§5.2.1)
  twin.watching.of(m1)[0]?.refresh.ring();
  await until("a NOTIFY follows", () => lines.length === 3, twin);
  await alice.receivesNothing();
  // she leaves: closed, the subscription stays
  await alice.leaves();
  await until("closed", () => lines.includes("NOTIFY active closed a"), twin);
  assert.deepEqual(twin.violations, []);
});

test("RFC 8048 §5.2.2, §5.3: she refuses, or takes it back: terminated, rejected, in both cases", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  const m2 = person(twin, "m2");
  twin.subscribe(m1, "alice@ours.example");
  await alice.hears();
  alice.sends("<presence to='m1@contoso.example' type='unsubscribed'/>");
  await until("rejected", () => lines.some((line) => line.startsWith("NOTIFY terminated;reason=rejected")), twin);
  twin.subscribe(m2, "alice@ours.example");
  await alice.hears();
  alice.sends("<presence to='m2@contoso.example' type='subscribed'/>");
  await until("granted", () => lines.includes("NOTIFY active open b"), twin);
  alice.sends("<presence to='m2@contoso.example' type='unsubscribed'/>");
  await until("taken back", () => lines.some((line) => /^NOTIFY terminated;reason=rejected \S+ b$/.test(line)), twin);
  assert.equal(twin.watching.of(m2)[0]?.state, "terminated");
});

test("RFC 8048 §5.3, K-8: they end their subscription, their right to one stays; the next is active at once", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  twin.subscribe(m1, "alice@ours.example");
  await alice.hears();
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  await until("active", () => lines.includes("NOTIFY active open a"), twin);
  await alice.hears();
  twin.unsubscribe(m1, "alice@ours.example");
  await until("ended", () => lines.some((line) => line.startsWith("NOTIFY terminated;reason=timeout")), twin);
  await alice.receivesNothing();
  twin.subscribe(m1, "alice@ours.example");
  await until("active again", () => lines.includes("NOTIFY active open b"), twin);
  await alice.receivesNothing();
});

test("RFC 8048 §7.2: a poll (Expires 0 outside a dialog) is told once how she is", async (t) => {
  const { twin, alice, lines, m1 } = await set(t);
  twin.subscribe(m1, "alice@ours.example");
  await alice.hears();
  alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
  await until("active", () => lines.includes("NOTIFY active open a"), twin);
  const headers = [
    ["Event", "presence"],
    ["Accept", "application/pidf+xml"],
    ["Expires", "0"],
  ] as const;
  const polled = await twin.probe(m1, { method: "SUBSCRIBE", to: "alice@ours.example", headers });
  assert.equal(polled.status, 200);
  await until("one NOTIFY", () => lines.some((line) => /^NOTIFY terminated;reason=timeout open b$/.test(line)), twin);
});
