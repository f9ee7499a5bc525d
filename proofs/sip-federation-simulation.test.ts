import assert from "node:assert/strict";
import { test } from "node:test";
import { type SimWorld, simWorld } from "../src/sim/world.ts";
import { type ProfileName, profiles } from "../src/twin/profile.ts";
import type { Quirks } from "../src/twin/quirk.ts";
import type { SaidText } from "../src/twin/sessions.ts";
import type { Twin } from "../src/twin/twin.ts";
import { alice, Desk, m1, startOurs, startTheirs } from "./sip-federation-world.ts";

/**
 * A node and a stand-in of a partner in a world from a seed: its edge drops connections, amid messages or not, its server starts
 * again and has forgotten everything, it is slow, forks, throttles, refuses, falls silent. Alice and M1 write to each other
 * meanwhile. Nothing either writes may vanish: it is read, or comes back. At last the node is killed and started again, and
 * both see each other as before.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 150);
const texts = 10;
/** What the stand-in is like in this seed. */
function natureOf(world: SimWorld): { readonly profile: ProfileName; readonly quirks: Partial<Quirks> } {
  const { random } = world;
  const names = Object.keys(profiles).filter((name) => name !== "simple") as ProfileName[];
  const quirks: Partial<Quirks> = { negotiate: 0 };
  if (random.chance(0.3)) quirks["slow-200"] = 1 + random.below(25);
  if (random.chance(0.2)) quirks["two-200s"] = 1;
  if (random.chance(0.3)) quirks["forgets-dialogs"] = random.below(40);
  if (random.chance(0.3)) quirks["notify-first"] = 1;
  if (random.chance(0.2)) quirks.benotify = 1;
  if (random.chance(0.2)) quirks.piggyback = 1;
  if (random.chance(0.2)) quirks["split-records"] = 1 + random.below(50);
  return { profile: names[random.below(names.length)] ?? "lync2010", quirks };
}

/** One thing that goes wrong between two texts. */
function trouble(world: SimWorld, twin: Twin): void {
  const { random } = world;
  switch (random.below(11)) {
    case 0:
      twin.drop(true);
      break;
    case 1:
      twin.drop(false);
      break;
    case 2:
      twin.restart();
      break;
    case 3:
      twin.quirks["drop-after-messages"] = 1;
      break;
    case 4:
      twin.quirks["message-status"] = [480, 481, 486, 606, 408][random.below(5)] ?? 480;
      break;
    case 5:
      twin.quirks["silent-message"] = 1;
      break;
    case 6:
      twin.quirks["invite-status"] = random.chance(0.5) ? 480 : 0;
      break;
    case 7:
    case 8:
      twin.drop(random.chance(0.5), true);
      break;
    default: // it is well again
      for (const quirk of ["message-status", "silent-message", "invite-status"] as const) twin.quirks[quirk] = 0;
  }
}

/** One run. Answers what went wrong, in words; empty when nothing did. */
async function run(seed: number): Promise<string[]> {
  const world = simWorld(seed, { refusedChance: 0.05, unansweredChance: 0.02, eventsMax: 3_000_000 });
  const { profile, quirks } = natureOf(world);
  // Several connections each way, or as many as are needed.
  const limits = world.random.chance(0.5) ? { sipPartnerRequestsAtOnce: 1 } : {};
  let host = await world.until(startOurs(world, limits));
  const { twin } = await world.until(startTheirs(world, profile, quirks));
  const persona = twin.person("m1");
  assert.ok(persona);
  const desk = new Desk(world);
  await desk.signIn();
  desk.send(`<presence to='${m1}' type='subscribe'/>`);
  twin.subscribe(persona, alice);
  const said: SaidText[] = [];
  for (let number = 0; number < texts; number++) {
    desk.send(`<message to='${m1}' type='chat' id='a${number}'><body>a${number}</body></message>`);
    await world.runFor(world.random.below(300));
    said.push(twin.say(persona, alice, `m${number}`));
    await world.runFor(world.random.below(world.random.chance(0.2) ? 30_000 : 1_000));
    if (world.random.chance(0.4)) trouble(world, twin);
  }
  // Everything is well again; whatever is under way comes to its end.
  Object.assign(twin.quirks, { "message-status": 0, "silent-message": 0, "invite-status": 0, "forgets-dialogs": 0 });
  Object.assign(world.plan, { refusedChance: 0, unansweredChance: 0 });
  await world.runFor(400_000);
  const wrong: string[] = [];
  if (desk.over) wrong.push("alice was thrown out");
  const heard = new Set((twin.state.users.m1?.heard ?? []).map(({ text }) => text));
  for (let number = 0; number < texts; number++) {
    if (!heard.has(`a${number}`) && !desk.returned.has(`a${number}`)) wrong.push(`a${number} vanished`);
  }
  for (const { text, status } of said) {
    if (status === 0) wrong.push(`${text} was never answered`);
    if (status >= 200 && status < 300 && !desk.received.has(text))
      wrong.push(`${text} was answered ${status} and vanished`);
    const times = desk.received.get(text) ?? 0;
    if (times > 1) wrong.push(`${text} came ${times} times`);
  }

  // Both see each other; then the node is killed, and they still do.
  if (!desk.asked) twin.subscribe(persona, alice);
  await world.runFor(5_000);
  desk.send(`<presence to='${m1}' type='subscribed'/><presence to='${m1}' type='subscribe'/>`);
  const seen = () => twin.state.users.m1?.sees[alice];
  await world.runFor(10_000);
  if (seen()?.subscription !== "active" && seen()?.subscription !== "pending") {
    twin.subscribe(persona, alice); // their edge was refused when it asked amid the troubles
    await world.runFor(10_000);
  }
  const sight = (when: string) => {
    if (seen()?.state !== "available") wrong.push(`${when} M1 sees Alice ${seen()?.state}, ${seen()?.subscription}`);
    if (desk.shown !== "away") wrong.push(`${when} Alice sees M1 ${desk.shown}`);
  };
  twin.setState(persona, "away");
  await world.runFor(20_000);
  sight("before");
  const watchers = twin.state.users.m1?.watchers.length ?? 0;
  host.crash();
  twin.setState(persona, "available");
  await world.runFor(world.random.below(5_000));
  host = await world.until(startOurs(world, limits));
  await desk.signIn();
  await world.runFor(world.random.below(3_000));
  twin.setState(persona, "away");
  await world.runFor(60_000);
  sight("after");
  if ((twin.state.users.m1?.watchers.length ?? 0) !== watchers)
    wrong.push("another subscription beside the one there was");
  return wrong;
}

test(`what people here and at a SIP partner write arrives or comes back, and nobody is blind for long: ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const wrong = await run(seed);
    assert.deepEqual(wrong, [], `seed ${seed}`);
  }
});
