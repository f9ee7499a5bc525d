import { test } from "node:test";
import { type Stage, setStage } from "../play-stage.ts";
import type { Player } from "../player.ts";

const query = "query xmlns='jabber:iq:roster'";
const a = "alice@ours.example";
const b = "bob@ours.example";

/** Signed in, interested in the roster, available. */
async function arrives(stage: Stage, user: string, items = "", resource = "desk"): Promise<Player> {
  const player = await stage.person(user, resource);
  await seesRoster(player, items);
  await player.isAvailable();
  return player;
}

async function seesRoster(who: Player, items: string): Promise<void> {
  who.sends(`<iq type='get' id='roster'><${query}/></iq>`);
  await who.receives(
    `<iq type='result' id='roster' from='${who.jid.replace(/\/.*/, "")}' to='${who.jid}'><${query}>${items}</query></iq>`,
  );
}

const pushed = (to: string, item: string) =>
  `<iq type='set' id='...' to='${to}'><${query} ver='...'>${item}</query></iq>`;

/** alice asks, bob grants: alice watches bob. */
async function watches(alice: Player, bob: Player): Promise<void> {
  alice.sends(`<presence id='xk3h1v69' to='${b}' type='subscribe'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none' ask='subscribe'/>`));
  await bob.receives(`<presence id='xk3h1v69' from='${a}' to='${b}' type='subscribe'/>`);
  bob.sends(`<presence id='h4v1c4kj' to='${a}' type='subscribed'/>`);
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='from'/>`));
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='to'/>`));
  await alice.receives(`<presence id='h4v1c4kj' from='${b}' to='${a}' type='subscribed'/>`);
  await alice.receives(`<presence from='${bob.jid}' to='${a}'/>`);
}

/** And the other way round. */
async function watchEachOther(alice: Player, bob: Player): Promise<void> {
  await watches(alice, bob);
  bob.sends(`<presence to='${a}' type='subscribe'/>`);
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='from' ask='subscribe'/>`));
  await alice.receives(`<presence from='${b}' to='${a}' type='subscribe'/>`);
  alice.sends(`<presence to='${b}' type='subscribed'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='both'/>`));
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='both'/>`));
  await bob.receives(`<presence from='${a}' to='${b}' type='subscribed'/>`);
  await bob.receives(`<presence from='${alice.jid}' to='${b}'/>`);
}

test("RFC 6121 §3.1: two people subscribe to each other, and one goes", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  await watchEachOther(alice, bob);
  await bob.leaves();
  await alice.receives(`<presence from='${b}/desk' to='${a}' type='unavailable'/>`);
  await alice.receivesNothing();
});

test("RFC 6121 §3.2.1: a request is refused", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  alice.sends(`<presence to='${b}' type='subscribe'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none' ask='subscribe'/>`));
  await bob.receives(`<presence from='${a}' to='${b}' type='subscribe'/>`);
  bob.sends(`<presence to='${a}' type='unsubscribed'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none'/>`));
  await alice.receives(`<presence from='${b}' to='${a}' type='unsubscribed'/>`);
  await bob.receivesNothing();
  await seesRoster(bob, ""); // a request that was refused leaves nothing behind
});

test("RFC 6121 §3.2.1: what was granted is taken back", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  await watches(alice, bob);
  bob.sends(`<presence to='${a}' type='unsubscribed'/>`);
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='none'/>`));
  await alice.receives(`<presence from='${b}/desk' to='${a}' type='unavailable'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none'/>`));
  await alice.receives(`<presence from='${b}' to='${a}' type='unsubscribed'/>`);
  bob.sends("<presence><show>away</show></presence>");
  await bob.receives(`<presence from='${b}/desk' to='${b}'><show>away</show></presence>`);
  await alice.receivesNothing();
});

test("RFC 6121 §3.3: a watcher watches no more", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  await watches(alice, bob);
  alice.sends(`<presence to='${b}' type='unsubscribe'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none'/>`));
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='none'/>`));
  await bob.receives(`<presence from='${a}' to='${b}' type='unsubscribe'/>`);
  // §3.3.3: the one who is watched no more is seen to leave
  await alice.receives(`<presence from='${b}/desk' to='${a}' type='unavailable'/>`);
});

test("RFC 6121 §3.1.3: a request waits for the next sign-in, each time until it is answered", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  alice.sends(`<presence id='w' to='${b}' type='subscribe'><status>It is me.</status></presence>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none' ask='subscribe'/>`));
  await alice.receivesNothing();
  const asked = `<presence id='w' from='${a}' to='${b}' type='subscribe'><status>It is me.</status></presence>`;
  const once = await arrives(stage, "bob");
  await once.receives(asked);
  await once.leaves();
  const again = await arrives(stage, "bob");
  await again.receives(asked);
  again.sends(`<presence to='${a}' type='subscribed'/>`);
  await again.receives(pushed(again.jid, `<item jid='${a}' subscription='from'/>`));
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='to'/>`));
  await alice.receives(`<presence from='${b}' to='${a}' type='subscribed'/>`);
  await alice.receives(`<presence from='${again.jid}' to='${a}'/>`);
  await again.leaves();
  await alice.receives(`<presence from='${again.jid}' to='${a}' type='unavailable'/>`);
  const third = await arrives(stage, "bob", `<item jid='${a}' subscription='from'/>`);
  await third.receivesNothing();
});

test("RFC 6121 §3.4: approved before it is asked for", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  bob.sends(`<presence to='${a}' type='subscribed'/>`);
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='none' approved='true'/>`));
  await alice.receivesNothing();
  alice.sends(`<presence to='${b}' type='subscribe'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none' ask='subscribe'/>`));
  await bob.receives(pushed(bob.jid, `<item jid='${a}' subscription='from'/>`));
  await alice.receivesAll(
    pushed(alice.jid, `<item jid='${b}' subscription='to'/>`),
    `<presence from='${b}' to='${a}' type='subscribed'/>`,
    `<presence from='${bob.jid}' to='${a}'/>`,
  );
  await bob.receivesNothing();
});

test("RFC 6121 §2.5.2: removing a contact ends both subscriptions", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  await watchEachOther(alice, bob);
  alice.sends(`<iq type='set' id='rm'><${query}><item jid='${b}' subscription='remove'/></query></iq>`);
  await alice.receivesAll(
    pushed(alice.jid, `<item jid='${b}' subscription='remove'/>`),
    `<iq type='result' id='rm' from='${a}' to='${alice.jid}'/>`,
    `<presence from='${b}/desk' to='${a}' type='unavailable'/>`,
  );
  await bob.receivesAll(
    `<presence from='${a}/desk' to='${b}' type='unavailable'/>`,
    `<presence from='${a}' to='${b}' type='unsubscribe'/>`,
    `<presence from='${a}' to='${b}' type='unsubscribed'/>`,
    pushed(bob.jid, `<item jid='${a}' subscription='to'/>`),
    pushed(bob.jid, `<item jid='${a}' subscription='none'/>`),
  );
  await alice.receivesNothing();
  await bob.receivesNothing();
});

test("RFC 6121 §3.1.2, §8.5.1: to a full address it counts for the bare one; to nobody it is lost without a word", async (t) => {
  const stage = await setStage(t);
  const alice = await arrives(stage, "alice");
  const bob = await arrives(stage, "bob");
  alice.sends(`<presence to='${b}/desk' type='subscribe'/>`);
  await alice.receives(pushed(alice.jid, `<item jid='${b}' subscription='none' ask='subscribe'/>`));
  await bob.receives(`<presence from='${a}' to='${b}' type='subscribe'/>`);
  alice.sends("<presence to='nobody@ours.example' type='subscribe'/>");
  await alice.receives(pushed(alice.jid, "<item jid='nobody@ours.example' subscription='none' ask='subscribe'/>"));
  await alice.receivesNothing();
});
