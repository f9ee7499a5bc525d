import assert from "node:assert/strict";
import { test } from "node:test";
import { type Stage, setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const a = "alice@ours.example";
const b = "bob@ours.example";
const sm = "xmlns='urn:xmpp:sm:3'";
const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";

const text = (from: string, to: string, body: string) =>
  `<message from='${from}' to='${to}' type='chat' id='${body}'><body>${body}</body></message>`;

/** Answers the id to resume with. */
async function enables(who: Player): Promise<string> {
  who.sends(`<enable ${sm} resume='true'/>`);
  const enabled = await who.receives(`<enabled ${sm} id='...' resume='true' max='300'/>`);
  return enabled.attrs.id ?? "";
}

async function resumes(stage: Stage, user: string, previd: string, h: number): Promise<Player> {
  const player = stage.stranger(`${user}-again`);
  await player.authenticates(user);
  player.jid = `${user}@ours.example/desk`;
  player.sends(`<resume ${sm} previd='${previd}' h='${h}'/>`);
  return player;
}

test("XEP-0198 §4: both sides count and say so", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const bob = await stage.present("bob");
  alice.sends(`<enable ${sm}/>`);
  await alice.receives(`<enabled ${sm}/>`);
  alice.sends(`<r ${sm}/>`);
  await alice.receives(`<a ${sm} h='0'/>`);
  // a message counts when bob's connection has taken it: his client knows nothing of acknowledgements
  alice.sends(`${text(`${a}/desk`, `${b}/desk`, "one")}<r ${sm}/>`);
  await bob.receives(text(`${a}/desk`, `${b}/desk`, "one"));
  await alice.receives(`<a ${sm} h='1'/>`);
  // to one who is away it counts when it is kept
  alice.sends(`${text(`${a}/desk`, "carol@ours.example", "two")}<r ${sm}/>`);
  await alice.receives(`<a ${sm} h='2'/>`);
  assert.equal(await stage.world.store.offline.count("carol@ours.example"), 1);
  // and the server asks for its own
  bob.sends(text(`${b}/desk`, `${a}/desk`, "three"));
  await alice.receives(text(`${b}/desk`, `${a}/desk`, "three"));
  await alice.receives(`<r ${sm}/>`);
  alice.sends(`<a ${sm} h='1'/>`);
  await alice.receivesNothing();
});

test("XEP-0198 §4: what a counting recipient has not confirmed is not confirmed to its sender", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const bob = await stage.present("bob");
  await enables(alice);
  await enables(bob);
  alice.sends(`${text(`${a}/desk`, `${b}/desk`, "one")}<r ${sm}/>`);
  await bob.receives(text(`${a}/desk`, `${b}/desk`, "one"));
  await bob.receives(`<r ${sm}/>`);
  bob.sends(`<a ${sm} h='1'/>`);
  await alice.receives(`<a ${sm} h='1'/>`);
});

test("XEP-0198 §4: what comes back is confirmed only behind its error", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  await enables(alice);
  alice.sends(`${text(`${a}/desk`, "x@nowhere.example", "one")}<r ${sm}/>`);
  await alice.receives(
    `<message type='error' id='one' from='x@nowhere.example' to='${a}/desk'>...<error type='cancel'><remote-server-not-found xmlns='${stanzas}'/>...</error></message>`,
  );
  await alice.receives(`<r ${sm}/>`);
  await alice.receives(`<a ${sm} h='1'/>`);
});

test("XEP-0198 §4: who confirms what was never sent is turned away", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  await enables(alice);
  alice.sends(`<a ${sm} h='10'/>`);
  await alice.isTurnedAway("undefined-condition");
});

test("XEP-0198 §5: a session goes on over another connection, nothing lost and nothing twice", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.present("bob");
  const alice = await stage.present("alice");
  const id = await enables(alice);
  bob.sends(text(`${b}/desk`, a, "one"));
  await alice.receives(text(`${b}/desk`, a, "one"));
  await alice.receives(`<r ${sm}/>`);
  bob.sends(text(`${b}/desk`, a, "two"));
  await alice.receives(text(`${b}/desk`, a, "two"));
  alice.sends(text(`${a}/desk`, b, "mine"));
  await bob.receives(text(`${a}/desk`, b, "mine"));
  alice.breaks();
  bob.sends(text(`${b}/desk`, a, "three"));
  await bob.receivesNothing(); // nobody has left: no presence, no error
  const again = await resumes(stage, "alice", id, 1);
  await again.receives(`<resumed ${sm} previd='${id}' h='1'/>`);
  await again.receives(text(`${b}/desk`, a, "two"));
  await again.receives(text(`${b}/desk`, a, "three"));
  await again.receives(`<r ${sm}/>`);
  again.sends(`<a ${sm} h='3'/>`);
  bob.sends(text(`${b}/desk`, a, "four"));
  await again.receives(text(`${b}/desk`, a, "four"));
  await again.receives(`<r ${sm}/>`);
  again.sends(text(`${a}/desk`, b, "back"));
  await bob.receives(text(`${a}/desk`, b, "back"));
});

test("XEP-0198 §5: resuming while the old connection still stands", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const id = await enables(alice);
  const again = await resumes(stage, "alice", id, 0);
  await again.receives(`<resumed ${sm} previd='${id}' h='0'/>`);
  await alice.isTurnedAway("conflict");
  await again.receivesNothing();
});

test("XEP-0198 §5: what cannot be resumed, and binding after it", async (t) => {
  const stage = await setStage(t);
  const bob = await stage.person("bob");
  const others = await enables(bob);
  const failed = `<failed ${sm}><item-not-found xmlns='${stanzas}'/></failed>`;
  const alice = await resumes(stage, "alice", "no-such-session", 0);
  await alice.receives(failed);
  alice.sends(`<resume ${sm} previd='${others}' h='0'/>`); // somebody else's
  await alice.receives(failed);
  await alice.binds("desk");
  await alice.receivesNothing();
  await bob.receivesNothing();
});

test("XEP-0198 §5: what a session that ends never confirmed goes into the store", async (t) => {
  const stage = await setStage(t, { limits: { resumeMs: 1000 } });
  const bob = await stage.present("bob");
  const alice = await stage.present("alice");
  alice.sends(`<enable ${sm} resume='true'/>`);
  await alice.receives(`<enabled ${sm} id='...' resume='true' max='1'/>`);
  bob.sends(text(`${b}/desk`, a, "lost"));
  await alice.receives(text(`${b}/desk`, a, "lost"));
  await alice.receives(`<r ${sm}/>`);
  alice.sends("</stream:stream>"); // in order: nothing is to be resumed
  await alice.isTurnedAway();
  const again = await stage.present("alice");
  await again.receives(
    text(`${b}/desk`, a, "lost").replace(
      "</body>",
      "</body><delay xmlns='urn:xmpp:delay' from='ours.example' stamp='...'/>",
    ),
  );
});

test("XEP-0198 §3: out of place", async (t) => {
  const stage = await setStage(t);
  const early = stage.stranger("alice");
  await early.authenticates("alice");
  const unexpected = `<failed ${sm}><unexpected-request xmlns='${stanzas}'/></failed>`;
  early.sends(`<enable ${sm}/>`);
  await early.receives(unexpected);
  await early.binds("desk");
  await enables(early);
  early.sends(`<enable ${sm}/>`);
  await early.receives(unexpected);
  early.sends(`<resume ${sm} previd='x' h='0'/>`);
  await early.receives(unexpected);
});
