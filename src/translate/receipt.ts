import { child, type Element } from "../xml/element.ts";
import type { Jid } from "../xmpp/jid.ts";
import { ns } from "../xmpp/ns.ts";
import { attribute, stanzaText } from "../xmpp/stanza.ts";

/**
 * The receipt (XEP-0184 §5) a SIP device cannot write itself: its 200 says that it has the message. `from` is the device, `to`
 * who asked. Undefined when the message asked for none, or has no id to be told by.
 */
export function receiptFor(message: Element, from: Jid, to: Jid): Buffer | undefined {
  const { id } = message.attrs;
  if (id === undefined || id === "" || child(message, "request", ns.receipts) === undefined) return undefined;
  const received = `<received xmlns='${ns.receipts}'${attribute("id", id)}/>`;
  const type = message.attrs.type === "chat" ? "chat" : undefined;
  return Buffer.from(stanzaText({ name: "message", from: from.full, to: to.full, type }, received), "utf8");
}

/** Whether a message asks to be told of its arrival, and says by what id (XEP-0184 §5). */
export function asksReceipt(message: Element): boolean {
  return (message.attrs.id ?? "") !== "" && child(message, "request", ns.receipts) !== undefined;
}

/** The id of the message whose arrival a receipt tells (XEP-0184 §5); undefined for other messages. */
export function receivedIn(message: Element): string | undefined {
  return child(message, "received", ns.receipts)?.attrs.id || undefined;
}
