import { test } from "node:test";
import { type Stage, setStage } from "../play-stage.ts";

const a = "alice@ours.example";
const b = "bob@ours.example";

/** Puts it into the store that `watcher` watches `watched`; before either signs in. */
async function subscribed(stage: Stage, watcher: string, watched: string): Promise<void> {
  const item = { name: "", groups: [], ask: false, pendingIn: false, approved: false, request: undefined };
  const { rosters } = stage.world.store;
  await rosters.put(`${watcher}@ours.example`, { ...item, contact: `${watched}@ours.example`, subscription: "to" });
  await rosters.put(`${watched}@ours.example`, { ...item, contact: `${watcher}@ours.example`, subscription: "from" });
}

test("RFC 6121 §4.2 to §4.5: broadcast, probe, change and end", async (t) => {
  const stage = await setStage(t);
  await subscribed(stage, "alice", "bob");
  const bob = await stage.present("bob", "desk", "<show>dnd</show><priority>3</priority>");
  // §4.3: the one who comes later learns it by a probe
  const alice = await stage.present("alice");
  await alice.receives(`<presence from='${b}/desk' to='${a}'><show>dnd</show><priority>3</priority></presence>`);
  bob.sends("<presence xml:lang='en'><show>away</show><status>out &amp; about</status></presence>");
  await bob.receives(
    `<presence from='${b}/desk' to='${b}' xml:lang='en'><show>away</show><status>out &amp; about</status></presence>`,
  );
  await alice.receives(
    `<presence from='${b}/desk' to='${a}' xml:lang='en'><show>away</show><status>out &amp; about</status></presence>`,
  );
  // a second device of the watched one, and of the watcher
  const phone = await stage.person("bob", "phone");
  phone.sends("<presence/>");
  await phone.receivesAll(
    `<presence from='${b}/phone' to='${b}'/>`,
    `<presence from='${b}/desk' to='${b}/phone' xml:lang='en'><show>away</show><status>out &amp; about</status></presence>`,
  );
  await bob.receives(`<presence from='${b}/phone' to='${b}'/>`);
  await alice.receives(`<presence from='${b}/phone' to='${a}'/>`);
  // the watcher is not seen by the watched: that is another subscription
  alice.sends("<presence><show>xa</show></presence>");
  await alice.receives(`<presence from='${a}/desk' to='${a}'><show>xa</show></presence>`);
  bob.sends("<presence type='unavailable'><status>gone home</status></presence>");
  await bob.receives(`<presence from='${b}/desk' to='${b}' type='unavailable'><status>gone home</status></presence>`);
  await alice.receives(`<presence from='${b}/desk' to='${a}' type='unavailable'><status>gone home</status></presence>`);
  await phone.receives(`<presence from='${b}/desk' to='${b}' type='unavailable'><status>gone home</status></presence>`);
  // §4.5.2: the server says it for a device whose connection breaks
  phone.breaks();
  await alice.receives(`<presence from='${b}/phone' to='${a}' type='unavailable'/>`);
  await bob.receivesNothing();
});

test("RFC 6121 §4.3.2: a contact who is not there", async (t) => {
  const stage = await setStage(t);
  await subscribed(stage, "alice", "bob");
  const alice = await stage.present("alice");
  await alice.receives(`<presence from='${b}' to='${a}' type='unavailable'/>`);
  await alice.receivesNothing();
});

test("RFC 6121 §4.6: directed presence, and its end", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.present("alice");
  const bob = await stage.present("bob");
  alice.sends(`<presence to='${b}/desk'><status>for you</status></presence>`);
  await bob.receives(`<presence from='${a}/desk' to='${b}/desk'><status>for you</status></presence>`);
  // what is broadcast goes to those who may watch alone
  alice.sends("<presence><show>away</show></presence>");
  await alice.receives(`<presence from='${a}/desk' to='${a}'><show>away</show></presence>`);
  await bob.receivesNothing();
  alice.sends("<presence type='unavailable'/>");
  await bob.receives(`<presence from='${a}/desk' to='${b}/desk' type='unavailable'/>`);
  await alice.receives(`<presence from='${a}/desk' to='${a}' type='unavailable'/>`);
  // once told, not told again
  await alice.leaves();
  await bob.receivesNothing();
});

test("RFC 6121 §4.6.3: directed presence ends with a broken connection too, and by itself", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice"); // never available to anybody else
  const carol = await stage.person("carol");
  const bob = await stage.present("bob");
  alice.sends(`<presence to='${b}'/>`);
  await bob.receives(`<presence from='${a}/desk' to='${b}'/>`);
  carol.sends(`<presence to='${b}'/>`);
  await bob.receives(`<presence from='carol@ours.example/desk' to='${b}'/>`);
  alice.breaks();
  await bob.receives(`<presence from='${a}/desk' to='${b}' type='unavailable'/>`);
  carol.sends(`<presence to='${b}' type='unavailable'/>`);
  await bob.receives(`<presence from='carol@ours.example/desk' to='${b}' type='unavailable'/>`);
  await carol.leaves();
  await bob.receivesNothing();
});

test("RFC 6121 §4.7.2.3, §4.7.1, §4.3: a priority that is none, a type that is none, a client's own probe", async (t) => {
  const stage = await setStage(t);
  const alice = await stage.person("alice");
  const stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
  alice.sends("<presence id='p'><priority>128</priority></presence>");
  await alice.receives(
    `<presence id='p' type='error' from='${a}' to='${a}/desk'>
       <error type='modify'><bad-request xmlns='${stanzas}'/>...</error>
     </presence>`,
  );
  alice.sends(`<presence id='q' type='away' to='${b}'/>`);
  await alice.receives(
    `<presence id='q' type='error' from='${b}' to='${a}/desk'>
       <error type='modify'><bad-request xmlns='${stanzas}'/>...</error>
     </presence>`,
  );
  alice.sends(`<presence type='probe' to='${b}'/>`);
  await alice.receives(
    `<presence type='error' from='${b}' to='${a}/desk'>
       <error type='modify'><bad-request xmlns='${stanzas}'/>...</error>
     </presence>`,
  );
});
