import type { RosterItem } from "../base/store.ts";

/** RFC 6121 §A.1: where the subscriptions between a user and one contact stand, seen from the user. */
export type SubscriptionState =
  | "None"
  | "None + Pending Out"
  | "None + Pending In"
  | "None + Pending Out+In"
  | "To"
  | "To + Pending In"
  | "From"
  | "From + Pending Out"
  | "Both";

export type SubscriptionType = "subscribe" | "unsubscribe" | "subscribed" | "unsubscribed";

/** Whether the stanza MUST be routed or delivered, and the new state; the short row is "MUST NOT", "no state change". */
type Row = readonly [pass: boolean, next?: SubscriptionState];
type Table = Readonly<Record<SubscriptionType, Readonly<Record<SubscriptionState, Row>>>>;

/** RFC 6121 §A.2: the user sends; is it routed to the contact, and where do the subscriptions stand then. */
export const outboundTable: Table = {
  // §A.2.1
  subscribe: {
    None: [true, "None + Pending Out"],
    "None + Pending Out": [true],
    "None + Pending In": [true, "None + Pending Out+In"],
    "None + Pending Out+In": [true],
    To: [true],
    "To + Pending In": [true],
    From: [true, "From + Pending Out"],
    "From + Pending Out": [true],
    Both: [true],
  },
  // §A.2.2
  unsubscribe: {
    None: [true],
    "None + Pending Out": [true, "None"],
    "None + Pending In": [true],
    "None + Pending Out+In": [true, "None + Pending In"],
    To: [true, "None"],
    "To + Pending In": [true, "None + Pending In"],
    From: [true],
    "From + Pending Out": [true, "From"],
    Both: [true, "From"],
  },
  // §A.2.3
  subscribed: {
    None: [false],
    "None + Pending Out": [false],
    "None + Pending In": [true, "From"],
    "None + Pending Out+In": [true, "From + Pending Out"],
    To: [false],
    "To + Pending In": [true, "Both"],
    From: [false],
    "From + Pending Out": [false],
    Both: [false],
  },
  // §A.2.4
  unsubscribed: {
    None: [false],
    "None + Pending Out": [false],
    "None + Pending In": [true, "None"],
    "None + Pending Out+In": [true, "None + Pending Out"],
    To: [false],
    "To + Pending In": [true, "To"],
    From: [true, "None"],
    "From + Pending Out": [true, "None + Pending Out"],
    Both: [true, "To"],
  },
};

/** RFC 6121 §A.3: the contact sends; is it delivered to the user's devices, and where do the subscriptions stand then. */
export const inboundTable: Table = {
  // §A.3.1
  subscribe: {
    None: [true, "None + Pending In"],
    "None + Pending Out": [true, "None + Pending Out+In"],
    "None + Pending In": [false],
    "None + Pending Out+In": [false],
    To: [true, "To + Pending In"],
    "To + Pending In": [false],
    From: [false],
    "From + Pending Out": [false],
    Both: [false],
  },
  // §A.3.2
  unsubscribe: {
    None: [false],
    "None + Pending Out": [false],
    "None + Pending In": [true, "None"],
    "None + Pending Out+In": [true, "None + Pending Out"],
    To: [false],
    "To + Pending In": [true, "To"],
    From: [true, "None"],
    "From + Pending Out": [true, "None + Pending Out"],
    Both: [true, "To"],
  },
  // §A.3.3
  subscribed: {
    None: [false],
    "None + Pending Out": [true, "To"],
    "None + Pending In": [false],
    "None + Pending Out+In": [true, "To + Pending In"],
    To: [false],
    "To + Pending In": [false],
    From: [false],
    "From + Pending Out": [true, "Both"],
    Both: [false],
  },
  // §A.3.4
  unsubscribed: {
    None: [false],
    "None + Pending Out": [true, "None"],
    "None + Pending In": [false],
    "None + Pending Out+In": [true, "None + Pending In"],
    To: [true, "None"],
    "To + Pending In": [true, "None + Pending In"],
    From: [false],
    "From + Pending Out": [true, "From"],
    Both: [true, "From"],
  },
};

/** What a subscription stanza leads to. */
export type SubscriptionOutcome = {
  /** The item to store; undefined when it stays as it was. */
  readonly item: RosterItem | undefined;
  /** Nothing is left of an item that was never in the user's roster: remove it from the store (`item` is undefined). */
  readonly drop: boolean;
  /** Route it to the contact (out) or deliver it to the user's devices (in). */
  readonly pass: boolean;
  /** Push the item to the user's interested devices. */
  readonly push: boolean;
  /** Send this back to the contact in the user's name (in only). */
  readonly reply: "subscribed" | undefined;
  /**
   * The contact also gets, from each of the user's available devices, its current presence (after the stanza or reply), or
   * "unavailable" (before it).
   */
  readonly presence: "current" | "unavailable" | undefined;
};

/** An item for a contact nothing is known of. Its name is undefined: it has never been in the user's roster. */
export function newItem(contact: string): RosterItem {
  return {
    contact,
    name: undefined,
    groups: [],
    subscription: "none",
    ask: false,
    pendingIn: false,
    approved: false,
    request: undefined,
  };
}

/** The state of an item in the words of RFC 6121 §A.1. */
export function stateOf(item: RosterItem): SubscriptionState {
  const { subscription, ask, pendingIn } = item;
  if (subscription === "both") return "Both";
  if (subscription === "from") return ask ? "From + Pending Out" : "From";
  if (subscription === "to") return pendingIn ? "To + Pending In" : "To";
  if (ask) return pendingIn ? "None + Pending Out+In" : "None + Pending Out";
  return pendingIn ? "None + Pending In" : "None";
}

/**
 * Whether the user sees the item in the roster. A request that only waits is not shown (RFC 6121 §3.1.3); what has once
 * been in the roster has a name, if an empty one, and stays until the user removes it.
 */
export function shown(item: RosterItem): boolean {
  return item.name !== undefined || item.subscription !== "none" || item.ask || item.approved || item.groups.length > 0;
}

/** Whether the contact may see the user's presence. */
export function mayWatch(item: RosterItem | undefined): boolean {
  return item?.subscription === "from" || item?.subscription === "both";
}

/** Whether the user watches the contact's presence. */
export function watches(item: RosterItem | undefined): boolean {
  return item?.subscription === "to" || item?.subscription === "both";
}

/** The user sends `type` to `contact` (RFC 6121 §3.1.2, §3.1.5, §3.2.2, §3.3.2, §3.4.2). */
export function sendSubscription(
  existing: RosterItem | undefined,
  contact: string,
  type: SubscriptionType,
): SubscriptionOutcome {
  const item = existing ?? newItem(contact);
  const [pass, next] = outboundTable[type][stateOf(item)];
  let after = next === undefined ? item : inState(item, next);
  // §3.4.2: approving what has not been asked for is noted, and tells the contact nothing
  if (type === "subscribed" && !pass && !mayWatch(item)) after = { ...item, approved: true };
  // §3.2.2: refusing takes a pre-approval back too
  if (type === "unsubscribed" && item.approved) after = { ...after, approved: false };
  const presence = !pass
    ? undefined
    : type === "subscribed"
      ? "current"
      : type === "unsubscribed" && mayWatch(item)
        ? "unavailable"
        : undefined;
  return outcome(existing, after, pass, undefined, presence);
}

/**
 * The contact sends `type` to the user (RFC 6121 §3.1.3, §3.1.6, §3.2.3, §3.3.3). `request` is the stanza itself, kept
 * until a subscription request is answered.
 */
export function receiveSubscription(
  existing: RosterItem | undefined,
  contact: string,
  type: SubscriptionType,
  request?: Uint8Array,
): SubscriptionOutcome {
  const item = existing ?? newItem(contact);
  const [pass, next] = inboundTable[type][stateOf(item)];
  if (type === "subscribe") {
    // §3.1.3 rule 2: asked again though approved long ago: the contact's server forgot, so it gets presence too
    if (mayWatch(item)) return outcome(existing, item, false, "subscribed", "current");
    // §3.4.2: approved before it was asked for; the approval is used up
    if (item.approved) {
      const after = inState({ ...item, approved: false }, granted[stateOf(item)]);
      return outcome(existing, after, false, "subscribed", "current");
    }
    // the first request is the one that is kept
    const after = next === undefined ? item : { ...inState(item, next), request };
    return outcome(existing, after, pass, undefined, undefined);
  }
  const after = next === undefined ? item : inState(item, next);
  const left = type === "unsubscribe" && mayWatch(item) ? "unavailable" : undefined;
  return outcome(existing, after, pass, undefined, left);
}

/** RFC 6121 §2.5.2: what the contact is sent, in the user's name, when the user removes it from the roster. */
export function goodbyes(item: RosterItem): readonly SubscriptionType[] {
  const types: SubscriptionType[] = [];
  if (watches(item) || item.ask) types.push("unsubscribe");
  if (mayWatch(item) || item.pendingIn) types.push("unsubscribed");
  return types;
}

/** The state with the contact's wish to watch granted. */
const granted: Readonly<Record<SubscriptionState, SubscriptionState>> = {
  None: "From",
  "None + Pending Out": "From + Pending Out",
  "None + Pending In": "From",
  "None + Pending Out+In": "From + Pending Out",
  To: "Both",
  "To + Pending In": "Both",
  From: "From",
  "From + Pending Out": "From + Pending Out",
  Both: "Both",
};

const subscriptionOf: Readonly<Record<string, RosterItem["subscription"]>> = {
  None: "none",
  To: "to",
  From: "from",
  Both: "both",
};

function inState(item: RosterItem, state: SubscriptionState): RosterItem {
  const [subscription = "", pending = ""] = state.split(" + Pending ");
  const pendingIn = pending.endsWith("In");
  return {
    ...item,
    subscription: subscriptionOf[subscription] ?? "none",
    ask: pending.startsWith("Out"),
    pendingIn,
    request: pendingIn ? item.request : undefined,
  };
}

function outcome(
  existing: RosterItem | undefined,
  after: RosterItem,
  pass: boolean,
  reply: SubscriptionOutcome["reply"],
  presence: SubscriptionOutcome["presence"],
): SubscriptionOutcome {
  const before = existing ?? newItem(after.contact);
  // What has come into the roster stays there, if without a name.
  const stays = (shown(before) || shown(after)) && after.name === undefined;
  const item = stays ? { ...after, name: "" } : after;
  const visible =
    before.subscription !== item.subscription || before.ask !== item.ask || before.approved !== item.approved;
  const changed = visible || before.pendingIn !== item.pendingIn || before.request !== item.request;
  const drop = changed && !shown(item) && !item.pendingIn;
  return { item: changed && !drop ? item : undefined, drop, pass, push: visible && shown(item), reply, presence };
}
