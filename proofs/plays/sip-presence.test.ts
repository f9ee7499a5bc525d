import assert from "node:assert/strict";
import { test } from "node:test";
import { type Stage, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

const pidf = (user: string, basic: "open" | "closed", activity = "", note = "") =>
  `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
   xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:${user}@ours.example">
   <tuple id="t"><status><basic>${basic}</basic></status>${note === "" ? "" : `<note>${note}</note>`}</tuple>
   ${activity === "" ? "" : `<dm:person id="p"><rpid:activities><rpid:${activity}/></rpid:activities></dm:person>`}
   </presence>`;

const publishes = (player: SipPlayer, body: string, ...headers: readonly string[]) =>
  player.asks("PUBLISH", {
    uri: player.aor,
    headers: [
      "Event: presence",
      "Expires: 600",
      ...(body === "" ? [] : ["Content-Type: application/pidf+xml"]),
      ...headers,
    ],
    body,
    contact: false,
  });

const watches = (player: SipPlayer, whom: string, ...headers: readonly string[]) =>
  player.asks("SUBSCRIBE", {
    uri: `sip:${whom}@ours.example`,
    headers: ["Event: presence", "Expires: 600", ...headers],
  });

/** The next NOTIFY: its Subscription-State's word and what its document says. */
async function told(player: SipPlayer): Promise<string> {
  const notify = await player.hears("NOTIFY");
  const [state = ""] = (notify.header("subscription-state") ?? "").split(";");
  const body = notify.body.toString("utf8");
  const [, basic = "-"] = /<basic>(\w+)<\/basic>/.exec(body) ?? [];
  const activities = [...body.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, name]) => name);
  return `${state} ${basic} ${activities.join("+") || "-"}`;
}

/** The file a call manager publishes for a line (MAP-11). */
const line = (user: string, offHook: boolean) => pidf(user, offHook ? "closed" : "open", offHook ? "on-the-phone" : "");

/** Bob watches Alice, and she has said yes from her XMPP client. */
async function watched(stage: Stage): Promise<{ bob: SipPlayer }> {
  const alice = await stage.present("alice");
  const bob = await stage.sipPerson("bob", "udp");
  const answer = await watches(bob, "alice");
  assert.equal(answer.status, 200);
  assert.equal(await told(bob), "pending closed -");
  await alice.receives("<presence type='subscribe' from='bob@ours.example' to='alice@ours.example'/>");
  alice.sends("<presence to='bob@ours.example' type='subscribed'/>");
  assert.equal(await told(bob), "active open -");
  return { bob };
}

test("RFC 3856: an XMPP person watched by a SIP client: pending until granted, then every change", async (t) => {
  const stage = await setStage(t);
  const { bob } = await watched(stage);
  const second = await stage.present("alice", "phone", "<show>away</show>");
  await bob.hearsNothing("NOTIFY"); // she is still available at her desk
  second.sends("<presence><show>dnd</show></presence>");
  assert.equal(await told(bob), "active open busy");
});

test("RT-16, RFC 3903, RFC 3856: between SIP clients, with no route to the presence service configured; a publication that is taken back, and one that is refreshed", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const alice = await stage.sipPerson("alice", "tcp");
  const bob = await stage.sipPerson("bob", "tls");
  assert.equal((await watches(bob, "alice")).status, 200);
  assert.equal(await told(bob), "active open -"); // registered, and saying nothing more
  const first = await publishes(alice, pidf("alice", "open", "busy", "writing"));
  assert.equal(first.status, 200);
  assert.equal(await told(bob), "active open busy");
  const tag = first.header("sip-etag") ?? "";
  const refreshed = await publishes(alice, "", `SIP-If-Match: ${tag}`);
  assert.equal(refreshed.status, 200);
  await bob.hearsNothing("NOTIFY");
  assert.equal((await publishes(alice, "", `SIP-If-Match: ${tag}`)).status, 412);
  const gone = await publishes(alice, "", `SIP-If-Match: ${refreshed.header("sip-etag")}`, "Expires: 0");
  assert.equal(gone.status, 400); // two Expires that differ
});

test("RFC 3903 §4.3, §4.4: a publication holds for as long as was last said, and then runs out", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" }, limits: { sipPublishSecondsMin: 1 } });
  const alice = await stage.sipPerson("alice", "tcp");
  const bob = await stage.sipPerson("bob", "tcp");
  assert.equal((await watches(bob, "alice")).status, 200);
  assert.equal(await told(bob), "active open -");
  const says = (seconds: number, body: string, ...headers: readonly string[]) =>
    alice.asks("PUBLISH", {
      uri: alice.aor,
      headers: ["Event: presence", `Expires: ${seconds}`, "Content-Type: application/pidf+xml", ...headers],
      body,
      contact: false,
    });
  const first = await says(1, pidf("alice", "open", "busy"));
  assert.equal(await told(bob), "active open busy");
  const began = performance.now();
  const longer = await says(2, pidf("alice", "open", "away"), `SIP-If-Match: ${first.header("sip-etag")}`);
  assert.equal(longer.status, 200);
  assert.equal(await told(bob), "active open away");
  assert.equal(await told(bob), "active open -"); // registered still
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(seconds > 1.9 && seconds < 4, `${seconds} s`);
  const shorter = await says(600, pidf("alice", "open", "busy"));
  assert.equal(await told(bob), "active open busy");
  await says(1, pidf("alice", "open", "away"), `SIP-If-Match: ${shorter.header("sip-etag")}`);
  assert.equal(await told(bob), "active open away");
  assert.equal(await told(bob), "active open -");
});

test("a SIP client's presence is seen by XMPP contacts, as one resource", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const bob = await stage.present("bob");
  const alice = await stage.sipPerson("alice", "udp");
  bob.sends("<presence to='alice@ours.example' type='subscribe'/>");
  await bob.receives("<presence from='alice@ours.example/sip' to='bob@ours.example'/>");
  await publishes(alice, pidf("alice", "open", "away", "at lunch"));
  await bob.receives(
    "<presence from='alice@ours.example/sip' to='bob@ours.example'><show>away</show><status>at lunch</status></presence>",
  );
  assert.equal((await alice.registers(0)).status, 200);
  await bob.receivesNothing(); // her publication is still in force
});

test("RFC 6665: refresh, end, and a dialog that is not known", async (t) => {
  const stage = await setStage(t, { presence: { autoAuthorise: "local" } });
  const bob = await stage.sipPerson("bob", "udp");
  const made = await watches(bob, "alice");
  assert.equal(await told(bob), "active closed -");
  const dialog = (tag: string) => ({
    uri: made.values("contact")[0]?.replace(/[<>]/g, "") ?? "",
    to: `To: <sip:alice@ours.example>;tag=${tag}`,
    headers: ["Event: presence", "Expires: 300"],
  });
  const refreshed = await bob.asks("SUBSCRIBE", dialog(made.toTag));
  assert.equal(refreshed.status, 200);
  assert.equal(refreshed.header("expires"), "300");
  assert.equal(await told(bob), "active closed -");
  assert.equal((await bob.asks("SUBSCRIBE", dialog("nobody"))).status, 481);
  // §4.5.2: another package, or another id, is another subscription, and has a dialog of its own.
  for (const event of ["presence.winfo", "presence;id=7"]) {
    const headers = [`Event: ${event}`, "Expires: 300"];
    const other = await bob.asks("SUBSCRIBE", { ...dialog(made.toTag), headers });
    assert.equal(other.status, 489);
    assert.equal(other.header("allow-events"), "presence");
  }
  const ended = await bob.asks("SUBSCRIBE", { ...dialog(made.toTag), headers: ["Event: presence", "Expires: 0"] });
  assert.equal(ended.status, 200);
  assert.equal(await told(bob), "terminated closed -");
});

test("RFC 3857: who asks is told to the one who is asked, by whatever protocol they ask", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.sipPerson("alice", "tcp");
  const winfo = await alice.asks("SUBSCRIBE", {
    uri: alice.aor,
    headers: ["Event: presence.winfo", "Expires: 600", "Accept: application/watcherinfo+xml"],
  });
  assert.equal(winfo.status, 200);
  assert.match((await alice.hears("NOTIFY")).body.toString("utf8"), /version="0" state="full"/);
  const bob = await stage.present("bob");
  bob.sends("<presence to='alice@ours.example' type='subscribe'/>");
  assert.match((await alice.hears("NOTIFY")).body.toString("utf8"), /status="pending"[^>]*>sip:bob@ours.example</);
  const others = await alice.asks("SUBSCRIBE", { uri: "sip:bob@ours.example", headers: ["Event: presence.winfo"] });
  assert.equal(others.status, 403);
});

test("489 for what cannot be watched here, 404 for nobody, 406 for what cannot be written", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.sipPerson("bob", "udp");
  const unknown = await bob.asks("SUBSCRIBE", {
    uri: "sip:alice@ours.example",
    headers: ["Event: vnd-microsoft-roaming"],
  });
  assert.equal(unknown.status, 489);
  assert.equal(unknown.header("allow-events"), "presence, presence.winfo");
  assert.equal((await watches(bob, "nobody")).status, 404);
  assert.equal((await watches(bob, "alice", "Accept: text/html")).status, 406);
});

test("MAP-11: off the hook shows on the phone to XMPP and SIP watchers; a trunk that goes clears it", async (t) => {
  const stage = await setStage(t, {
    presence: { autoAuthorise: "local" },
    sip: { trunks: [{ name: "cm1", addresses: ["127.0.0.1"], tlsSubject: undefined, transport: "tcp" }] },
    limits: { trunkGoneMs: 200 },
  });
  const alice = await stage.present("alice");
  const bob = await stage.sipPerson("bob", "udp");
  await watches(bob, "alice");
  assert.equal(await told(bob), "active open -");
  const carol = await stage.present("carol");
  carol.sends("<presence to='alice@ours.example' type='subscribe'/>");
  await carol.receives("<presence from='alice@ours.example/desk' to='carol@ours.example'/>");
  const manager = await stage.sipClient("manager", "tcp");
  const published = await manager.asks("PUBLISH", {
    uri: "sip:alice@ours.example",
    from: "From: <sip:1001@127.0.0.1>;tag=cm",
    headers: ["Event: presence", "Expires: 600", "Content-Type: application/pidf+xml"],
    body: line("alice", true),
    contact: false,
  });
  assert.equal(published.status, 200);
  assert.equal(await told(bob), "active open busy+on-the-phone");
  const busy = "<show>dnd</show><status>On the phone</status>";
  await carol.receivesAll(
    `<presence from='alice@ours.example/desk' to='carol@ours.example'>${busy}</presence>`,
    `<presence from='alice@ours.example/phone' to='carol@ours.example'>${busy}<priority>-1</priority></presence>`,
  );
  manager.close();
  assert.equal(await told(bob), "active open -");
  await carol.receivesAll(
    "<presence from='alice@ours.example/desk' to='carol@ours.example'/>",
    "<presence type='unavailable' from='alice@ours.example/phone' to='carol@ours.example'/>",
  );
  const stranger = await stage.sipClient("stranger", "udp");
  const forged = await stranger.asks("PUBLISH", {
    uri: "sip:alice@ours.example",
    from: "From: <sip:1001@127.0.0.1>;tag=cm",
    headers: ["Event: presence", "Content-Type: application/pidf+xml"],
    body: line("alice", true),
    contact: false,
  });
  assert.equal(forged.status, 403);
  await alice.hears();
});
