import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { partnerOf, person, until } from "../partner-stage.ts";
import { publishes } from "../phone-trunk.ts";
import { identityOf, setStage } from "../play-stage.ts";
import type { SipPlayer } from "../sip-player.ts";

const trunks = [{ name: "cm1", addresses: ["127.0.0.1"], tlsSubject: undefined, transport: "tcp" }] as const;

/** What a partner's person is shown while the line is off the hook, by the tables (MAP-1, MAP-2, MAP-9, MAP-11). */
const shown: readonly (readonly [profile: "ocs2007r2" | "lync2010" | "aol", onThePhone: string])[] = [
  ["ocs2007r2", "busy"],
  ["lync2010", "busy"],
  ["aol", "away"],
];

for (const [profile, onThePhone] of shown) {
  for (const device of ["XMPP", "SIP"] as const) {
    test(`SET-163, MAP-11: ${profile} sees that somebody with ${device} is on the phone, and when the call manager is gone`, async (t) => {
      const stage = await setStage(t, { sip: { trunks }, limits: { trunkGoneMs: 200 } });
      const item = { name: "M1", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
      await stage.world.store.rosters.put("alice@ours.example", {
        contact: "m1@contoso.example",
        subscription: "both",
        ...item,
      });
      const twin = await partnerOf(t, stage, profile);
      if (device === "XMPP") await stage.present("alice");
      if (device === "SIP") await stage.sipPerson("alice");
      const before = "available";
      const sees = () => twin.state.users.m1?.sees["alice@ours.example"]?.state;
      const isSeen = (state: string) =>
        until(
          () => `M1 sees ${sees()}, not ${state}`,
          () => sees() === state,
          twin,
        );
      twin.subscribe(person(twin, "m1"), "alice@ours.example");
      await isSeen(before);
      const manager = await stage.sipClient("manager", "tcp");
      assert.equal(await publishes(manager, "alice", true), 200);
      await isSeen(onThePhone);
      assert.equal(await publishes(manager, "alice", false, 1002), 200); // another line says nothing against it
      assert.equal(sees(), onThePhone);
      manager.close();
      await isSeen(before);
    });
  }
}

test("MAP-4: somebody with a telephone alone cannot be written to: partners see them offline, people here on the phone", async (t) => {
  const stage = await setStage(t, { sip: { trunks }, presence: { autoAuthorise: "local" } });
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  for (const contact of ["m1@contoso.example", "carol@ours.example"]) {
    await stage.world.store.rosters.put("alice@ours.example", { contact, subscription: "from", ...item });
  }
  await stage.world.store.rosters.put("carol@ours.example", {
    contact: "alice@ours.example",
    subscription: "to",
    ...item,
  });
  const twin = await partnerOf(t, stage, "lync2010");
  const carol = await stage.present("carol");
  await carol.receives("<presence type='unavailable' from='alice@ours.example' to='carol@ours.example'/>");
  const sees = () => twin.state.users.m1?.sees["alice@ours.example"]?.state;
  twin.subscribe(person(twin, "m1"), "alice@ours.example");
  await until("M1 sees Alice offline", () => sees() === "offline", twin);
  const manager = await stage.sipClient("manager", "tcp");
  assert.equal(await publishes(manager, "alice", true), 200);
  await carol.receives(
    "<presence from='alice@ours.example/phone' to='carol@ours.example'><show>dnd</show><status>On the phone</status><priority>-1</priority></presence>",
  );
  assert.equal(sees(), "offline");
  const alice = await stage.person("alice");
  alice.sends("<presence/>"); // now they can be
  await until("M1 sees Alice busy", () => sees() === "busy", twin);
});

const subject = "cm1.example";

async function withTlsTrunk(t: TestContext) {
  return setStage(t, {
    sip: { trunks: [{ name: "cm1", addresses: ["127.0.0.1"], tlsSubject: subject, transport: "tls" }] },
  });
}

test("SET-160, SET-164: a call manager over TLS is believed by address and certificate, and nobody else is", async (t) => {
  const stage = await withTlsTrunk(t);
  const offHook = () => stage.metrics.value("comity_phone_lines", "off-hook");
  const cases: readonly (readonly [what: string, manager: SipPlayer])[] = [
    ["without a certificate", await stage.sipClient("manager", "tls")],
    ["with another name", await stage.sipClient("manager", "tls", await identityOf("cm2.example"))],
    ["by another transport", await stage.sipClient("manager", "tcp")],
    ["over UDP", await stage.sipClient("manager", "udp")],
  ];
  for (const [what, manager] of cases) {
    assert.equal(await publishes(manager, "alice", true), 403, what);
    assert.equal(offHook(), 0, what);
  }
  const proved = await stage.sipClient("manager", "tls", await identityOf(subject));
  assert.equal(await publishes(proved, "alice", true), 200);
  assert.equal(offHook(), 1);
  // it may speak of lines of people here, and of nobody else
  assert.equal(await publishes(proved, "nobody", true), 404);
  assert.equal(await publishes(proved, "alice", false), 200);
  assert.equal(offHook(), 0);
});

test("SET-160: an address that is none of the trunk's is refused", async (t) => {
  const stage = await setStage(t, {
    sip: { trunks: [{ name: "cm1", addresses: ["192.0.2.7"], tlsSubject: undefined, transport: "tcp" }] },
  });
  assert.equal(await publishes(await stage.sipClient("manager", "tcp"), "alice", true), 403);
  assert.equal(stage.metrics.value("comity_phone_lines", "off-hook"), 0);
});
