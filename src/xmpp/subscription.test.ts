import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import type { RosterItem } from "../base/store.ts";
import {
  goodbyes,
  newItem,
  receiveSubscription,
  type SubscriptionState,
  type SubscriptionType,
  sendSubscription,
  shown,
  stateOf,
} from "./subscription.ts";

const same = "no state change";

/** RFC 6121 §A.2, as printed there: existing state, ROUTE?, new state. */
const outbound: Record<SubscriptionType, string> = {
  subscribe: `
    None                   | MUST     | None + Pending Out
    None + Pending Out     | MUST     | no state change
    None + Pending In      | MUST     | None + Pending Out+In
    None + Pending Out+In  | MUST     | no state change
    To                     | MUST     | no state change
    To + Pending In        | MUST     | no state change
    From                   | MUST     | From + Pending Out
    From + Pending Out     | MUST     | no state change
    Both                   | MUST     | no state change`,
  unsubscribe: `
    None                   | MUST     | no state change
    None + Pending Out     | MUST     | None
    None + Pending In      | MUST     | no state change
    None + Pending Out+In  | MUST     | None + Pending In
    To                     | MUST     | None
    To + Pending In        | MUST     | None + Pending In
    From                   | MUST     | no state change
    From + Pending Out     | MUST     | From
    Both                   | MUST     | From`,
  subscribed: `
    None                   | MUST NOT | no state change
    None + Pending Out     | MUST NOT | no state change
    None + Pending In      | MUST     | From
    None + Pending Out+In  | MUST     | From + Pending Out
    To                     | MUST NOT | no state change
    To + Pending In        | MUST     | Both
    From                   | MUST NOT | no state change
    From + Pending Out     | MUST NOT | no state change
    Both                   | MUST NOT | no state change`,
  unsubscribed: `
    None                   | MUST NOT | no state change
    None + Pending Out     | MUST NOT | no state change
    None + Pending In      | MUST     | None
    None + Pending Out+In  | MUST     | None + Pending Out
    To                     | MUST NOT | no state change
    To + Pending In        | MUST     | To
    From                   | MUST     | None
    From + Pending Out     | MUST     | None + Pending Out
    Both                   | MUST     | To`,
};

/** RFC 6121 §A.3: existing state, DELIVER?, new state. */
const inbound: Record<SubscriptionType, string> = {
  subscribe: `
    None                   | MUST     | None + Pending In
    None + Pending Out     | MUST     | None + Pending Out+In
    None + Pending In      | MUST NOT | no state change
    None + Pending Out+In  | MUST NOT | no state change
    To                     | MUST     | To + Pending In
    To + Pending In        | MUST NOT | no state change
    From                   | MUST NOT | no state change
    From + Pending Out     | MUST NOT | no state change
    Both                   | MUST NOT | no state change`,
  unsubscribe: `
    None                   | MUST NOT | no state change
    None + Pending Out     | MUST NOT | no state change
    None + Pending In      | MUST     | None
    None + Pending Out+In  | MUST     | None + Pending Out
    To                     | MUST NOT | no state change
    To + Pending In        | MUST     | To
    From                   | MUST     | None
    From + Pending Out     | MUST     | None + Pending Out
    Both                   | MUST     | To`,
  subscribed: `
    None                   | MUST NOT | no state change
    None + Pending Out     | MUST     | To
    None + Pending In      | MUST NOT | no state change
    None + Pending Out+In  | MUST     | To + Pending In
    To                     | MUST NOT | no state change
    To + Pending In        | MUST NOT | no state change
    From                   | MUST NOT | no state change
    From + Pending Out     | MUST     | Both
    Both                   | MUST NOT | no state change`,
  unsubscribed: `
    None                   | MUST NOT | no state change
    None + Pending Out     | MUST     | None
    None + Pending In      | MUST NOT | no state change
    None + Pending Out+In  | MUST     | None + Pending In
    To                     | MUST     | None
    To + Pending In        | MUST     | None + Pending In
    From                   | MUST NOT | no state change
    From + Pending Out     | MUST     | From
    Both                   | MUST     | From`,
};

const bob = "bob@theirs.example";
const asked = utf8("<presence type='subscribe'/>");

/** An item of the user's roster in a state. */
function item(state: string, more: Partial<RosterItem> = {}): RosterItem {
  const subscription = { N: "none", T: "to", F: "from", B: "both" }[state[0] ?? ""] as RosterItem["subscription"];
  const pendingIn = state.endsWith("In");
  const base = { ...newItem(bob), name: "Bob", subscription, ask: state.includes("Pending Out"), pendingIn };
  const full = { ...base, request: pendingIn ? asked : undefined, ...more };
  assert.equal(stateOf(full), state);
  return full;
}

for (const [side, tables, act] of [
  ["A.2 outbound", outbound, sendSubscription],
  ["A.3 inbound", inbound, receiveSubscription],
] as const) {
  for (const [type, table] of Object.entries(tables) as [SubscriptionType, string][]) {
    test(`RFC 6121 §${side} ${type}`, () => {
      const rows = table.trim().split("\n");
      assert.equal(rows.length, 9);
      for (const row of rows) {
        const [state = "", pass, next] = row.split("|").map((cell) => cell.trim());
        const before = item(state);
        const after = act(before, bob, type);
        assert.equal(after.pass, pass === "MUST", `${state}: routed or delivered`);
        assert.equal(stateOf(after.item ?? before), next === same ? state : next, `${state}: new state`);
        assert.equal(after.drop, false, `${state}: an item of the roster stays`);
      }
    });
  }
}

test("RFC 6121 §3.1.2: asking creates the item, pushed with ask", () => {
  const after = sendSubscription(undefined, bob, "subscribe");
  assert.deepEqual(after, {
    item: { ...newItem(bob), name: "", ask: true },
    drop: false,
    pass: true,
    push: true,
    reply: undefined,
    presence: undefined,
  });
});

test("RFC 6121 §3.1.3: a request is kept with its stanza, not shown, not pushed; the first one stays", () => {
  const first = receiveSubscription(undefined, bob, "subscribe", asked);
  assert.equal(first.item?.request, asked);
  assert.equal(first.push, false);
  assert.equal(first.item !== undefined && shown(first.item), false);
  const again = receiveSubscription(first.item, bob, "subscribe", utf8("<presence/>"));
  assert.deepEqual([again.item, again.pass, again.push], [undefined, false, false]);
});

test("RFC 6121 §3.1.3: who may watch already is told so at once, with presence", () => {
  for (const state of ["From", "From + Pending Out", "Both"]) {
    const { item: changed, pass, reply, presence } = receiveSubscription(item(state), bob, "subscribe", asked);
    assert.deepEqual([changed, pass, reply, presence], [undefined, false, "subscribed", "current"], state);
  }
});

test("RFC 6121 §3.1.5: approving shows the item and sends presence from every device", () => {
  const waiting = receiveSubscription(undefined, bob, "subscribe", asked).item;
  const after = sendSubscription(waiting, bob, "subscribed");
  assert.deepEqual([after.pass, after.push, after.presence], [true, true, "current"]);
  assert.deepEqual(after.item, { ...newItem(bob), name: "", subscription: "from" });
});

test("a request refused or withdrawn leaves nothing behind", () => {
  const waiting = receiveSubscription(undefined, bob, "subscribe", asked).item;
  for (const after of [
    sendSubscription(waiting, bob, "unsubscribed"),
    receiveSubscription(waiting, bob, "unsubscribe"),
  ]) {
    assert.deepEqual([after.item, after.drop, after.pass, after.push], [undefined, true, true, false]);
  }
  assert.equal(sendSubscription(undefined, bob, "unsubscribed").drop, false);
});

test("RFC 6121 §3.2.2, §3.3.3: who may no longer watch sees everybody leave", () => {
  for (const state of ["From", "From + Pending Out", "Both"]) {
    assert.equal(sendSubscription(item(state), bob, "unsubscribed").presence, "unavailable", state);
    assert.equal(receiveSubscription(item(state), bob, "unsubscribe").presence, "unavailable", state);
  }
  assert.equal(sendSubscription(item("None + Pending In"), bob, "unsubscribed").presence, undefined);
  assert.equal(receiveSubscription(item("To + Pending In"), bob, "unsubscribe").presence, undefined);
});

const approvals: [SubscriptionState, SubscriptionState][] = [
  ["None", "From"],
  ["None + Pending Out", "From + Pending Out"],
  ["To", "Both"],
];

test("RFC 6121 §3.4.2: approval before the request", () => {
  for (const [state, then] of approvals) {
    const noted = sendSubscription(item(state), bob, "subscribed");
    assert.deepEqual([noted.item?.approved, noted.pass, noted.push, noted.presence], [true, false, true, undefined]);
    assert.equal(noted.item && stateOf(noted.item), state);

    const used = receiveSubscription(noted.item, bob, "subscribe", asked);
    assert.deepEqual([used.pass, used.push, used.reply, used.presence], [false, true, "subscribed", "current"], state);
    assert.equal(used.item && stateOf(used.item), then);
    assert.equal(used.item?.approved, false);

    const taken = sendSubscription(noted.item, bob, "unsubscribed");
    assert.deepEqual([taken.item?.approved, taken.pass, taken.push], [false, false, true], state);
  }
  assert.deepEqual(sendSubscription(undefined, bob, "subscribed").item, { ...newItem(bob), name: "", approved: true });
  for (const state of ["From", "From + Pending Out", "Both"]) {
    const ignored = sendSubscription(item(state), bob, "subscribed");
    assert.deepEqual([ignored.item, ignored.push, ignored.pass], [undefined, false, false], state);
  }
});

test("pushes tell only of what the user can see", () => {
  assert.equal(receiveSubscription(item("To"), bob, "subscribe", asked).push, false);
  assert.equal(receiveSubscription(item("To + Pending In"), bob, "unsubscribe").push, false);
  assert.equal(receiveSubscription(item("None + Pending Out"), bob, "unsubscribed").push, true);
  assert.equal(receiveSubscription(item("From + Pending Out"), bob, "subscribed").push, true);
  assert.equal(sendSubscription(item("None + Pending Out"), bob, "subscribe").push, false);
});

const goodbyeRows: [SubscriptionState, string][] = [
  ["None", ""],
  ["None + Pending Out", "unsubscribe"],
  ["None + Pending In", "unsubscribed"],
  ["None + Pending Out+In", "unsubscribe unsubscribed"],
  ["To", "unsubscribe"],
  ["To + Pending In", "unsubscribe unsubscribed"],
  ["From", "unsubscribed"],
  ["From + Pending Out", "unsubscribe unsubscribed"],
  ["Both", "unsubscribe unsubscribed"],
];

test("RFC 6121 §2.5.2: removing an item ends every subscription and request", () => {
  for (const [state, types] of goodbyeRows) assert.equal(goodbyes(item(state)).join(" "), types, state);
});
