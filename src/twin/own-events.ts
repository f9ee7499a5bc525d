import { readDocument } from "../xml/document.ts";
import { type Element, elements } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { readAddress } from "./address-text.ts";
import type { Answer } from "./answer.ts";
import type { ClientLink } from "./client-link.ts";
import { type Roaming, roamingSelfType } from "./roaming.ts";
import { cseqOf, type HeaderLine, lineOf, type WireMessage } from "./wire-message.ts";

/** What the subscriptions of clients at their own person need of the front end. */
type Parts = {
  id(): string;
  host(): string;
  answer(client: ClientLink, request: WireMessage, answer: Answer, tag: string): void;
};

/** A client's subscription to an event of its own person. */
type Subscription = {
  readonly client: ClientLink;
  readonly event: string;
  readonly callId: string;
  readonly remoteTag: string;
  readonly localTag: string;
  readonly contentType: string;
  cseq: number;
};

const expires = 28_800;
const subscriptionsMax = 1_000;
const limits = { bytesMax: 262_144, depthMax: 16, attributesMax: 32 };
const provisioning = "application/vnd-microsoft-roaming-provisioning-v2+xml";

/** SUBSCRIBE of a client at its own person (MS-SIP, MS-PRES): answered with the first document in the 200. */
export class OwnEvents {
  readonly #parts: Parts;
  readonly #subscriptions = new Set<Subscription>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  subscribe(client: ClientLink, request: WireMessage, roaming: Roaming) {
    const event = (lineOf(request, "event").split(";")[0] ?? "").trim().toLowerCase();
    const callId = lineOf(request, "call-id");
    const known = [...this.#subscriptions].find((each) => each.client === client && each.callId === callId);
    const localTag = known?.localTag ?? this.#parts.id();
    if (lineOf(request, "expires") === "0" && event !== "vnd-microsoft-provisioning-v2") {
      if (known !== undefined) this.#subscriptions.delete(known);
      return this.#parts.answer(client, request, { status: 200, headers: [["Expires", "0"]] }, localTag);
    }
    const document = documentOf(event, request, roaming);
    if (document === undefined) {
      return this.#parts.answer(client, request, { status: 489, headers: [["Allow-Events", "presence"]] }, localTag);
    }
    const { contentType, body } = document;
    const isOnce = event === "vnd-microsoft-provisioning-v2";
    const cseq = (known?.cseq ?? 0) + 1;
    const headers: HeaderLine[] = [
      ["Expires", String(isOnce ? 0 : expires)],
      ["Event", lineOf(request, "event")],
      ["subscription-state", isOnce ? "terminated;expires=0" : `active;expires=${expires}`],
      ["ms-piggyback-cseq", String(cseq)],
      ["Supported", "ms-benotify"],
      ["Supported", "ms-piggyback-first-notify"],
    ];
    const contact = `<sip:${this.#parts.host()};transport=${client.transport}>`;
    this.#parts.answer(client, request, { status: 200, contact, headers, contentType, body }, localTag);
    if (known !== undefined) known.cseq = cseq;
    else if (!isOnce && this.#subscriptions.size < subscriptionsMax) {
      const remoteTag = readAddress(lineOf(request, "from")).parameters.get("tag") ?? "";
      this.#subscriptions.add({ client, event, callId, remoteTag, localTag, contentType, cseq });
    }
  }

  /** Tells a client news of an event it has subscribed to, by BENOTIFY: nobody answers it. */
  tell(client: ClientLink, event: string, document: string): void {
    const { persona } = client;
    const subscription = [...this.#subscriptions].find((each) => each.client === client && each.event === event);
    if (subscription === undefined || persona === undefined) return;
    const { callId, remoteTag, localTag, contentType } = subscription;
    subscription.cseq++;
    const headers: HeaderLine[] = [
      ["Via", `SIP/2.0/${client.transport.toUpperCase()} ${this.#parts.host()};branch=z9hG4bK${this.#parts.id()}`],
      ["From", `<${persona.uri}>;tag=${localTag}`],
      ["To", `<${persona.uri}>;tag=${remoteTag};epid=${client.epid}`],
      ["Max-Forwards", "70"],
      ["Call-ID", callId],
      ["CSeq", `${subscription.cseq} BENOTIFY`],
      ["Event", event],
      ["subscription-state", `active;expires=${expires}`],
      ["Content-Type", contentType],
    ];
    client.send(`BENOTIFY ${client.gruu} SIP/2.0`, headers, Buffer.from(document));
  }

  /** A client is gone, and its subscriptions with it. */
  gone(client: ClientLink) {
    for (const subscription of this.#subscriptions) {
      if (subscription.client === client) this.#subscriptions.delete(subscription);
    }
  }
}

function documentOf(
  event: string,
  request: WireMessage,
  roaming: Roaming,
): { readonly contentType: string; readonly body: string } | undefined {
  switch (event) {
    case "vnd-microsoft-provisioning-v2":
      return {
        contentType: provisioning,
        body: `<provisionGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"><provisionGroup name="ServerConfiguration"><ucPC2PCAVEncryption>SupportEncryption</ucPC2PCAVEncryption></provisionGroup></provisionGroupList>`,
      };
    case "vnd-microsoft-roaming-contacts":
      return { contentType: "application/vnd-microsoft-roaming-contacts+xml", body: roaming.contactList };
    case "vnd-microsoft-roaming-self":
      return { contentType: roamingSelfType, body: roaming.roamingData([]) };
    case "presence":
      return { contentType: "application/rlmi+xml", body: resubscribe(request) };
    default:
      return undefined;
  }
}

/**
 * A list of people asked for at once (MS-PRES, adhoclist): for those of other organisations the client is told to
 * subscribe to each of them by itself.
 */
function resubscribe(request: WireMessage): string {
  const read = readDocument(request.body, limits);
  const resources = read.ok ? everyResource(read.value) : [];
  const self = readAddress(lineOf(request, "to")).uri;
  const each = resources.map(
    (uri, at) => `<resource uri="${escapeXml(uri)}"><instance id="${at}" state="resubscribe"/></resource>`,
  );
  return `<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="${escapeXml(self)}" version="${cseqOf(request).number}" fullState="false">${each.join("")}</list>`;
}

function everyResource(element: Element): readonly string[] {
  const own = element.name === "resource" && element.attrs.uri !== undefined ? [element.attrs.uri] : [];
  return [...own, ...elements(element).flatMap(everyResource)];
}
