import assert from "node:assert/strict";
import { test } from "node:test";
import { simWorld } from "../src/sim/world.ts";
import type { ProfileName } from "../src/twin/profile.ts";
import type { Twin } from "../src/twin/twin.ts";
import { alice, Desk, startOurs, startTheirs, theirs } from "./sip-federation-world.ts";

/**
 * A partner's server dies and comes back after seconds or after an hour, having forgotten everything; meanwhile its address
 * refuses connections, or says nothing. Whom people here watch there is seen again when it is back: at once where its people
 * ask for ours, else when it is looked for; and it is never asked faster than it takes.
 */

const seeds = Number(process.env.COMITY_SEEDS ?? 40);
const users = Array.from({ length: 40 }, (_, number) => `m${number + 1}`);
const profiles: readonly ProfileName[] = ["ocs2007r2", "lync2010", "sfb2019", "aol"];

/** One run. Answers what went wrong, in words; empty when nothing did. */
async function run(seed: number): Promise<string[]> {
  const world = simWorld(seed, { eventsMax: 3_000_000 });
  const { random, plan } = world;
  const profile = profiles[random.below(profiles.length)] ?? "lync2010";
  const ourHost = await world.until(startOurs(world));
  const { host, twin: before } = await world.until(startTheirs(world, profile, {}, users));
  const desk = new Desk(world);
  await desk.signIn();
  for (const user of users) desk.send(`<presence to='${user}@${theirs.name}' type='subscribe'/>`);
  const wrong: string[] = [];
  const unseen = (word: string) => users.filter((user) => desk.sees.get(`${user}@${theirs.name}`) !== word);
  for (let second = 0; second < 20 && unseen("available").length > 0; second++) await world.runFor(1_000);
  if (unseen("available").length > 0) wrong.push(`not seen at first: ${unseen("available")}`);
  const tooFast = ({ violations }: Twin) => violations.filter(({ rule }) => rule === "1.3").map(({ what }) => what);
  wrong.push(...tooFast(before));

  host.crash();
  Object.assign(plan, random.chance(0.5) ? { unansweredChance: 1 } : { refusedChance: 1 });
  await world.runFor(random.chance(0.3) ? random.below(3_600_000) : random.below(60_000));
  Object.assign(plan, { unansweredChance: 0, refusedChance: 0 });
  const { twin } = await world.until(startTheirs(world, profile, {}, users));
  for (const persona of twin.personas.values()) twin.setState(persona, "away");
  const theyAsk = random.chance(0.5);
  const asking = twin.person("m1");
  if (theyAsk && asking !== undefined) twin.subscribe(asking, alice);
  // Theirs connect at once; else one look at most a minute away, which is spread, and may run into a time-out (connectMs).
  // Forty subscriptions are three seconds at 15 a second.
  const seconds = (theyAsk ? 2 : 80) + 6;
  let waited = 0;
  while (waited < seconds && unseen("away").length > 0) {
    if (desk.over) await desk.signIn(); // her client answers no keep-alive
    await world.runFor(1_000);
    waited++;
  }
  if (unseen("away").length > 0) {
    wrong.push(`${profile}${theyAsk ? " that asks" : ""}: after ${waited} s not seen again: ${unseen("away")}`);
  }
  await world.runFor(30_000);
  for (const user of users) {
    const watchers = twin.state.users[user]?.watchers.length;
    if (watchers !== 1) wrong.push(`${user} has ${watchers} watchers`);
  }
  wrong.push(...tooFast(twin));
  const away = ourHost.metrics.value("comity_sip_partners_away");
  if (away !== 0) wrong.push(`${away} partners are looked for still`);
  return wrong;
}

test(`the end of a SIP partner's outage ends the rest of all who watch people there: ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const wrong = await run(seed);
    assert.deepEqual(wrong, [], `seed ${seed}`);
  }
});
