import assert from "node:assert/strict";
import { test } from "node:test";
import type { Quirks } from "../../src/twin/quirk.ts";
import { partnerOf, person, until } from "../partner-stage.ts";
import { setStage } from "../play-stage.ts";

/** What servers of partners do that standards do not foresee, each by itself; all of it must make no difference to people. */
const quirks: readonly Partial<Quirks>[] = [
  { "no-event-in-200": 1 },
  { "notify-first": 1 },
  { "bare-entity": 1 },
  { piggyback: 1 },
  { benotify: 1 },
  { "utf16-declared": 1 },
  { "state-in-200": 1 },
  { "via-without-branch": 1 },
  { "upper-case": 1 },
  { "odd-order": 1 },
  { "folded-lines": 1 },
  { "strict-route": 1 },
  { negotiate: 1 },
  { spread: 1 },
  { "split-records": 7 },
  { "first-text-in-invite": 1 },
  { "takes-first-text": 1 },
  { "two-200s": 1 },
  { "slow-200": 1 },
];

const cases = [...quirks.map((on) => ({ profile: "lync2010" as const, on })), { profile: "aol" as const, on: {} }];

for (const { profile, on } of cases) {
  const [name = "nothing more"] = Object.keys(on);
  test(`${profile} with ${name}: its people are seen, written to and read`, async (t) => {
    const stage = await setStage(t);
    const twin = await partnerOf(t, stage, profile, { quirks: on });
    const m1 = person(twin, "m1");
    const alice = await stage.present("alice");
    const state = () => JSON.stringify(twin.state);
    alice.sends("<presence to='m1@contoso.example' type='subscribe'/>");
    await alice.receives("<presence from='m1@contoso.example/sip' to='alice@ours.example'/>");
    twin.setState(m1, "away");
    await alice.receives(
      "<presence from='m1@contoso.example/sip' to='alice@ours.example'><show>away</show></presence>",
    );
    twin.subscribe(m1, "alice@ours.example");
    await alice.receives("<presence type='subscribe' from='m1@contoso.example' to='alice@ours.example'/>");
    alice.sends("<presence to='m1@contoso.example' type='subscribed'/>");
    await until("M1 sees Alice", () => /alice@ours\.example[^}]*"available"/.test(state()), twin);
    alice.sends("<message to='m1@contoso.example' type='chat' id='1'><body>one</body></message>");
    await until("M1 reads", () => state().includes('"one"'), twin);
    twin.say(m1, "alice@ours.example", "two");
    await alice.receives(
      "<message type='chat' from='m1@contoso.example' to='alice@ours.example'><body>two</body></message>",
    );
    twin.say(person(twin, "m2"), "alice@ours.example", "three");
    await alice.receives(
      "<message type='chat' from='m2@contoso.example' to='alice@ours.example'><body>three</body><thread>...</thread></message>",
    );
    assert.deepEqual(twin.violations, []);
  });
}
