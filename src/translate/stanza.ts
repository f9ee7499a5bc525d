import { Memo } from "../base/memo.ts";
import { type Element, elements } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { type Jid, parseJid, withResource } from "../xmpp/jid.ts";
import { ns } from "../xmpp/ns.ts";
import { type Cut, cutHead, stanzaText } from "../xmpp/stanza.ts";

/** A message of an XMPP client's kind, whole, around inner XML text (RFC 7572 §5: chat, for SIP knows no other). */
export function messageStanza(
  from: Jid,
  to: Jid,
  id: string | undefined,
  inner: string,
  type: "chat" | "error" = "chat",
): Buffer {
  return Buffer.from(stanzaText({ name: "message", from: from.full, to: to.full, type, id }, inner), "utf8");
}

/** What asks for a receipt (XEP-0184 §5), in a message's inside. */
export const askingReceipt = `<request xmlns='${ns.receipts}'/>`;

/** The chat state a message tells (XEP-0085); undefined when it tells none. */
export function chatStateOf(message: Element): string | undefined {
  return elements(message).find((each) => each.ns === ns.chatStates)?.name;
}

/**
 * A presence of one device, cut where the address goes; `type` undefined: it is there. Written when somebody is first told of
 * it: many have nobody who would be.
 */
export function presenceCut(from: Jid, type: "unavailable" | undefined, inner: () => string): Cut {
  return new LateCut(() => stanzaText({ name: "presence", from: from.full, type }, inner()));
}

class LateCut implements Cut {
  readonly #write: () => string;
  #cut: Cut | undefined = undefined;

  constructor(write: () => string) {
    this.#write = write;
  }

  get head(): Buffer {
    return this.#made.head;
  }

  get rest(): Buffer {
    return this.#made.rest;
  }

  get #made(): Cut {
    this.#cut ??= cutHead(Buffer.from(this.#write(), "utf8"), "to");
    return this.#cut;
  }
}

/** A presence of one device for one receiver. */
export function presenceStanza(from: Jid, to: Jid, type: "unavailable" | undefined, inner: string): Buffer {
  return Buffer.from(stanzaText({ name: "presence", from: from.full, to: to.full, type }, inner), "utf8");
}

/**
 * A presence between bare addresses: a probe, or one of the subscription's four words (RFC 6121 §3, §4.3). `status`: words for the
 * user who is asked (RFC 6121 §3.1.1).
 */
export function presenceWord(from: Jid, to: Jid, type: string, status = ""): Buffer {
  const inner = status === "" ? "" : `<status>${escapeXml(status)}</status>`;
  return Buffer.from(stanzaText({ name: "presence", from: from.bare, to: to.bare, type }, inner), "utf8");
}

/** As many people as talk in a busy hour of a large organisation. */
const keptMax = 10_000;

const people = new Memo<Jid>(keptMax, (text) => {
  const jid = parseJid(text);
  if (!jid.ok) throw new Error("an Address is a bare Jid");
  return jid.value;
});

/** The person's address as a Jid; what comes from `base/address.ts` always is one. The same few thousand are asked for. */
export function personJid(text: string): Jid {
  return people.get(text);
}

/** The person's address with the name of a device that we chose. */
export function deviceJid(person: Jid, resource: string): Jid {
  const jid = withResource(person, resource);
  if (!jid.ok) throw new Error("a resource of our own making is sound");
  return jid.value;
}
