import { isOpen, type Resource } from "./resource.ts";

export type MessageType = "normal" | "chat" | "groupchat" | "headline" | "error";

/** RFC 6121 §5.2.2: no type, or one nobody knows, is "normal". */
export function messageType(type: string | undefined): MessageType {
  return type === "chat" || type === "groupchat" || type === "headline" || type === "error" ? type : "normal";
}

/** What becomes of a message to a local address. "store": keep it if worth keeping (offline.ts), for nobody can take it. */
export type MessageVerdict = "deliver" | "store" | "drop" | "error";

/** Where the addressed person stands: the rows of the table in RFC 6121 §8.5.4. */
type Situation = "no account" | "no available resources" | "all negative" | "non-negative";

/** "open" goes to all available devices of non-negative priority. */
type Cell = "open" | "store" | "drop" | "error";
type Cells = Readonly<Record<MessageType, Cell>>;
type Rows = { readonly bare: Cells; readonly noMatch: Cells };

const unknown: Cells = { normal: "error", chat: "error", groupchat: "error", headline: "drop", error: "drop" };
const kept: Cells = { normal: "store", chat: "store", groupchat: "error", headline: "drop", error: "drop" };
const lostDevice: Cells = { normal: "error", chat: "store", groupchat: "error", headline: "drop", error: "drop" };

/**
 * RFC 6121 §8.5 for all but a full address whose device is there: that one gets everything (§8.5.3.1). The choices it
 * leaves open are made so:
 * - Where it allows silence or an error, people's messages (normal, chat, groupchat) get the error: whoever writes to
 *   somebody in vain is told so (§8.5.1, §8.5.3.2.1). Headlines and errors are dropped.
 * - §8.5.2.1.1 allows a chat message to a bare address to go to the "most available" device or to all of non-negative
 *   priority. It goes to all: several devices in use at once are the rule since XEP-0280, and no device knows which one its
 *   owner will pick up next.
 */
export const messageTable: Readonly<Record<Situation, Rows>> = {
  "no account": { bare: unknown, noMatch: unknown },
  "no available resources": { bare: kept, noMatch: lostDevice },
  "all negative": { bare: kept, noMatch: lostDevice },
  "non-negative": {
    bare: { normal: "open", chat: "open", groupchat: "error", headline: "open", error: "drop" },
    // §8.5.3.2.1: a chat message to a device that has gone is for the person all the same
    noMatch: { normal: "error", chat: "open", groupchat: "error", headline: "drop", error: "drop" },
  },
};

/**
 * Decides on a message to a local address. `resource` is that of a full address, "" for a bare one; `resources` are the
 * devices signed in. The devices to deliver to are appended to `into`, which the caller empties and uses again.
 */
export function routeMessage<R extends Resource>(
  type: MessageType,
  resource: string,
  account: boolean,
  resources: readonly R[],
  into: R[],
): MessageVerdict {
  if (resource !== "") {
    // §8.5.3.1: a device that is connected gets it, available or not
    for (const each of resources) {
      if (each.jid.resource === resource) {
        into.push(each);
        return "deliver";
      }
    }
  }
  const rows = messageTable[situation(account, resources)];
  const cell = (resource === "" ? rows.bare : rows.noMatch)[type];
  if (cell !== "open") return cell;
  for (const each of resources) if (isOpen(each)) into.push(each);
  return "deliver";
}

function situation(account: boolean, resources: readonly Resource[]): Situation {
  if (!account) return "no account";
  let found: Situation = "no available resources";
  for (const each of resources) {
    if (isOpen(each)) return "non-negative";
    if (each.available) found = "all negative";
  }
  return found;
}
