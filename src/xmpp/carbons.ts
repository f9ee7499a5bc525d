import { asBuffer } from "../base/bytes.ts";
import { type Element, elements } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { addressed, attribute, type Cut, cutHead } from "./stanza.ts";

/** XEP-0280 §3: what disco#info says. */
export const feature = ns.carbons;

/** What an iq set asks for (XEP-0280 §4, §5); undefined when its payload is neither. Asking twice is no error (§9.1). */
export function readCarbons(payload: Element): "enable" | "disable" | undefined {
  if (payload.ns !== ns.carbons) return undefined;
  return payload.name === "enable" || payload.name === "disable" ? payload.name : undefined;
}

/** XEP-0280 §6.1: payloads of instant messages that need no body. */
const imPayloads = new Set<string>([ns.chatStates, ns.receipts, ns.chatMarkers, ns.directInvite]);

/** A message whose tree is read only when somebody looks. `bytes` are complete on their own in jabber:client. */
export type Copied = { readonly bytes: Uint8Array; readonly type: string | undefined; readonly element: Element };

/**
 * Whether a message, sent or received, is to be copied to its owner's other devices (XEP-0280 §6.1): conversation, that is
 * chat of any content, and normal messages with a body or with what conversations consist of. Not what says no (§8 and
 * XEP-0334 §4.3), not what comes from or goes through a chat room (only the devices in the room can place it), not errors
 * (they would have to be matched with what they answer), and no copies of copies. A plain chat message is not read into a
 * tree for this.
 */
export function carbonsWanted(message: Copied): boolean {
  const { type } = message;
  if (type === "groupchat" || type === "headline" || type === "error") return false;
  if (type === "chat" && !mentionsExceptions(message.bytes)) return true;
  return isConversation(message.element, type === "chat");
}

function isConversation(message: Element, chat: boolean): boolean {
  let conversation = chat;
  for (const each of elements(message)) {
    if (each.ns === ns.carbons) return false;
    if (each.ns === ns.hints && each.name === "no-copy") return false;
    if (each.ns === ns.mucUser) {
      // An invitation to a room is for the person, all else of the room for the device in it.
      if (!elements(each).some((inside) => inside.name === "invite")) return false;
      conversation = true;
    }
    if ((each.name === "body" && each.ns === message.ns) || imPayloads.has(each.ns)) conversation = true;
  }
  return conversation;
}

/** Whether one of the namespaces that make exceptions may be in there; "&#" could spell any of them. */
function mentionsExceptions(bytes: Uint8Array): boolean {
  const text = asBuffer(bytes);
  return text.includes(ns.carbons) || text.includes(ns.hints) || text.includes(ns.mucUser) || text.includes("&#");
}

/**
 * A copy of a message for all devices of its owner that want one (XEP-0280 §6.2, §7.2, XEP-0297), to be addressed to each:
 * from the owner's bare address, of the same type.
 */
export function carbonCut(way: "sent" | "received", message: Pick<Copied, "bytes" | "type">, owner: string): Cut {
  const { head, rest } = cutHead(message.bytes, "xmlns");
  const before =
    `><${way} xmlns='${ns.carbons}'><forwarded xmlns='${ns.forward}'>` +
    // Inside another namespace the message has to say its own (XEP-0297 §3).
    `${head.toString("utf8")} xmlns='${ns.client}'`;
  return {
    head: Buffer.from(`<message${attribute("from", owner)}${attribute("type", message.type)}`),
    rest: Buffer.concat([Buffer.from(before), rest, Buffer.from(`</forwarded></${way}></message>`)]),
  };
}

/** The copy for one device. */
export function carbonCopy(
  way: "sent" | "received",
  message: Pick<Copied, "bytes" | "type">,
  to: { readonly bare: string; readonly full: string },
): Buffer {
  return addressed(carbonCut(way, message, to.bare), to.full);
}
