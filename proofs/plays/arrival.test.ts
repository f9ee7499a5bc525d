import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Stage, setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const alice = "alice@ours.example";
const bob = "bob@ours.example";
const sm = "xmlns='urn:xmpp:sm:3'";
const settleMs = 300;

const said = `<message from='${alice}/desk' to='${bob}' type='chat' id='one'><body>one</body></message>`;

async function counts(who: Player): Promise<void> {
  who.sends(`<enable ${sm}/>`);
  await who.receives(`<enabled ${sm}/>`);
}

/** Nobody is sure that Bob has it: the store has one more than once settleMs have passed. */
async function keptAfterwards(stage: Stage): Promise<number> {
  await setTimeout(settleMs + 200);
  return stage.world.store.offline.count(bob);
}

/** Alice on XMPP, and Bob on SIP and on an XMPP device that confirms when he says so. */
async function set(t: TestContext) {
  const stage = await setStage(t, { limits: { settleMs } });
  const writer = await stage.present("alice");
  const phone = await stage.sipPerson("bob", "tcp");
  const desk = await stage.present("bob");
  await desk.hears(); // the phone's presence
  await counts(desk);
  return { stage, writer, phone, desk };
}

test("what a SIP device took is not stored when the XMPP device does not confirm it, and comes to nobody again", async (t) => {
  const { stage, writer, phone, desk } = await set(t);
  writer.sends(said);
  assert.equal(await phone.reads(), "one");
  await desk.receives(said);
  assert.equal(await keptAfterwards(stage), 0);
  desk.breaks(); // it cannot be resumed, so its session ends with the message not confirmed
  await phone.hearsNothing("MESSAGE");
  assert.equal(await stage.world.store.offline.count(bob), 0);
});

test("what an XMPP device confirmed is not stored when the SIP device never answers", async (t) => {
  const { stage, writer, phone, desk } = await set(t);
  phone.answer = 0;
  writer.sends(said);
  await desk.receives(said);
  await desk.receives(`<r ${sm}/>`);
  desk.sends(`<a ${sm} h='1'/>`);
  assert.equal(await phone.reads(), "one");
  assert.equal(await keptAfterwards(stage), 0);
  phone.close();
  const again = await stage.sipPerson("bob", "tcp");
  await again.hearsNothing("MESSAGE");
});

test("what nobody confirms is stored once, and dropped when the SIP device takes it after all", async (t) => {
  const { stage, writer, phone, desk } = await set(t);
  phone.answer = 0;
  writer.sends(said);
  await desk.receives(said);
  const heard = await phone.hears("MESSAGE");
  assert.equal(await keptAfterwards(stage), 1);
  phone.answers(heard, 200);
  await setTimeout(200);
  assert.equal(await stage.world.store.offline.count(bob), 0);
  desk.breaks();
  const again = await stage.present("bob", "again");
  await again.hears(); // the phone's presence
  await again.receivesNothing();
});

test("the last device that might have taken it is gone: then it goes into the store, not before and not twice", async (t) => {
  const { stage, writer, phone, desk } = await set(t);
  phone.answer = 0;
  writer.sends(said);
  await desk.receives(said);
  await phone.hears("MESSAGE");
  desk.breaks();
  await setTimeout(100);
  await phone.hearsNothing("MESSAGE", 50); // it is on its way to the phone already
  phone.close();
  await setTimeout(settleMs + 200);
  assert.equal(await stage.world.store.offline.count(bob), 1);
  const again = await stage.sipPerson("bob", "udp");
  assert.equal(await again.reads(), "one");
  await setTimeout(100);
  assert.equal(await stage.world.store.offline.count(bob), 0);
});

test("of two XMPP devices one confirms: what the other never confirmed is neither stored nor sent again", async (t) => {
  const stage = await setStage(t, { limits: { settleMs } });
  const writer = await stage.present("alice");
  const desk = await stage.present("bob");
  const phone = await stage.present("bob", "phone");
  await desk.hears();
  await phone.hears();
  await counts(desk);
  await counts(phone);
  writer.sends(said);
  await desk.receives(said);
  await phone.receives(said);
  await phone.receives(`<r ${sm}/>`);
  phone.sends(`<a ${sm} h='1'/>`);
  assert.equal(await keptAfterwards(stage), 0);
  desk.breaks();
  await phone.receives(`<presence type='unavailable' from='${bob}/desk' to='${bob}'/>`);
  await phone.receives(`<r ${sm}/>`);
  await phone.receivesNothing();
  assert.equal(await stage.world.store.offline.count(bob), 0);
});
