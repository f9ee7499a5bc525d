import assert from "node:assert/strict";
import type { PersonState } from "../src/twin/persona.ts";
import type { ProfileName } from "../src/twin/profile.ts";
import type { Twin } from "../src/twin/twin.ts";
import type { LocalPerson, LocalState } from "./local-person.ts";
import { person, until } from "./partner-stage.ts";

/** How one local client shows a state of a stand-in's person: an XMPP client's words, a SIP client's activity. */
type ShownBy = { readonly xmpp: string; readonly sip: string };

const same = (word: string): ShownBy => ({ xmpp: word, sip: word });

/** What the stand-in's dialect can say of each state, and MAP-1 makes of it. */
const shownOfMicrosoft: Readonly<Record<PersonState, ShownBy>> = {
  available: same("available"),
  idle: same("away"),
  brb: same("away"),
  lunch: same("away"),
  away: same("away"),
  "out-of-office": same("away"),
  busy: { xmpp: "away Busy", sip: "busy" },
  "on-the-phone": { xmpp: "away Busy", sip: "busy" },
  "in-a-meeting": { xmpp: "away Busy", sip: "busy" },
  dnd: { xmpp: "away Busy", sip: "busy" },
  offline: same("offline"),
};

/** MAP-9: AIM has no word for busy, so where one comes all the same it is shown as it is. */
const shownOfAol: Readonly<Record<PersonState, ShownBy>> = {
  ...shownOfMicrosoft,
  busy: { xmpp: "dnd Busy", sip: "busy" },
  "on-the-phone": { xmpp: "dnd Busy", sip: "busy" },
  "in-a-meeting": { xmpp: "dnd Busy", sip: "busy" },
  dnd: { xmpp: "dnd Busy", sip: "busy" },
};

/** Whose people are not shown by Microsoft's table: what their document says is what is shown. */
const shownOf: Partial<Readonly<Record<ProfileName, Readonly<Record<PersonState, ShownBy>>>>> = {
  aol: shownOfAol,
  simple: shownOfAol,
};

/** MAP-2, MAP-3, MAP-9: what the partner's people see of ours. */
const shownThere = (profile: ProfileName): Readonly<Record<LocalState, string>> => ({
  available: "available",
  away: "away",
  busy: profile === "aol" ? "away" : "busy",
  offline: "offline",
});

/** Steps done, by number: so that a script that ends early is seen. */
export type Done = { readonly steps: number[] };

/**
 * The acceptance script of the deployed systems (system.md 11.4), step by step, with a person here and two at a partner.
 * `clients` names the clients the person uses, in the order in which they show things; `inSessions`: texts go in sessions.
 */
export async function acceptance(
  local: LocalPerson,
  clients: readonly ("xmpp" | "sip")[],
  twin: Twin,
  profile: ProfileName,
  inSessions = true,
): Promise<Done> {
  const [m1, m2] = [person(twin, "m1"), person(twin, "m2")];
  const [one, two] = ["m1@contoso.example", "m2@contoso.example"];
  const shown = shownOf[profile] ?? shownOfMicrosoft;
  const there = shownThere(profile);
  const steps: number[] = [];
  const sees = async (who: string, state: PersonState) => {
    const wanted = JSON.stringify(clients.map((client) => shown[state][client]));
    const what = () => `${who}, ${state}, is shown as ${wanted}, not as ${JSON.stringify(local.shown(who))}`;
    await until(what, () => JSON.stringify(local.shown(who)) === wanted, twin);
  };
  const isSeenBy = (name: string, state: string) =>
    until(`${name} sees ${state}`, () => twin.state.users[name]?.sees[local.address]?.state === state, twin);
  const heard = (name: string, text: string) =>
    (twin.state.users[name]?.heard ?? []).filter((each) => each.text === text && each.from === local.address).length;
  const read = (from: string, text: string) => (each: readonly { readonly from: string; readonly text: string }[]) =>
    each.filter((one) => one.from === from && one.text === text).length === 1;
  const isRead = (from: string, text: string) =>
    until(`"${text}" is read once on each client`, () => local.reads.every(read(from, text)), twin);

  // 1, 2: M1 adds the local person, who is asked.
  twin.subscribe(m1, local.address);
  await until("the local person is asked", () => local.asked(one), twin);
  assert.notEqual(twin.state.users.m1?.sees[local.address]?.state, "available");
  steps.push(1, 2);

  // 3: they accept, and M1 sees them.
  await local.accepts(one);
  await isSeenBy("m1", "available");
  steps.push(3);

  // 4: both see each other.
  await local.adds(one);
  await sees(one, "available");
  steps.push(4);

  // 5, 6: the local person adds M2, who is asked first; nothing is shown before the answer.
  twin.consent(m2, local.address, "ask");
  await local.adds(two);
  await until("M2 is asked", () => twin.state.users.m2?.watchers[0]?.who === local.address, twin);
  assert.ok(!local.shown(two).includes("available"));
  twin.consent(m2, local.address, "allow");
  await sees(two, "available");
  steps.push(5, 6);

  // 7: every state of theirs, as the tables have it.
  for (const state of ["busy", "away", "dnd", "brb", "on-the-phone", "idle", "in-a-meeting", "offline"] as const) {
    twin.setState(m1, state);
    await sees(one, state);
    twin.setState(m1, "available");
    await sees(one, "available");
  }
  steps.push(7);

  // 8: every state of ours.
  for (const state of ["busy", "away", "available"] as const) {
    await local.is(state);
    await isSeenBy("m1", there[state]);
  }
  steps.push(8);

  // 9: a text to M1, whose window opens with it; M1 types and answers in the same session.
  await local.says(one, "héllo");
  await until("M1 reads once", () => heard("m1", "héllo") === 1, twin);
  assert.ok(twin.type(m1, local.address));
  if (profile !== "aol") await until("typing is shown", () => local.typing(one), twin);
  twin.say(m1, local.address, "hi there");
  await isRead(one, "hi there");
  if (profile !== "aol") {
    await local.types(one);
    await until("M1 sees typing", () => twin.state.users.m1?.typing[local.address] === "type", twin);
  }
  assert.equal(twin.refresh(m1, local.address), inSessions); // their session timer (sip-wire 1.6)
  await local.says(one, "fine weather");
  await until("M1 reads on", () => heard("m1", "fine weather") === 1, twin);
  steps.push(9);

  // 10: both close their windows.
  assert.equal(twin.bye(m1, local.address), inSessions);
  steps.push(10);

  // 11: M1 begins the next conversation; it goes on, in a new session, and so does one that the local person begins.
  twin.say(m1, local.address, "good morning");
  await isRead(one, "good morning");
  await local.says(one, "good morning to you");
  await until("M1 reads the answer", () => heard("m1", "good morning to you") === 1, twin);
  twin.say(m2, local.address, "lunch?");
  await isRead(two, "lunch?");
  steps.push(11);

  // 12: the local person blocks M1 (BLK-1): M1 sees them leave and reaches them no more; M2 is not concerned; the blocker
  // still sees M1, and can still write.
  twin.subscribe(m2, local.address);
  await until("M2 asks", () => local.asked(two), twin);
  await local.accepts(two);
  await isSeenBy("m2", "available");
  await local.blocks(one);
  await isSeenBy("m1", "offline");
  await isSeenBy("m2", "available");
  const refused = twin.say(m1, local.address, "hello?");
  const isRefused = () => (local.blocksMessages ? refused.status >= 400 : refused.status === 200);
  await until("M1 is refused, or only shown nothing", isRefused, twin);
  twin.setState(m1, "away");
  await sees(one, "away");
  await local.says(one, "leave me alone");
  await until("M1 reads it", () => heard("m1", "leave me alone") === 1, twin);
  twin.setState(m1, "available");
  steps.push(12);

  // 13: M2 blocks the local person (BLK-3), and is offline to them.
  twin.consent(m2, local.address, "block");
  await sees(two, "offline");
  assert.equal(JSON.stringify(local.shown(one)), JSON.stringify(clients.map((client) => shown.available[client])));
  // What M2 still sees is not theirs to take back: they see the local person leave.
  await local.is("offline");
  await isSeenBy("m2", "offline");
  steps.push(13);
  assert.equal(
    local.reads.flat().some(({ text }) => text === "hello?"),
    !local.blocksMessages,
  );
  return { steps };
}
