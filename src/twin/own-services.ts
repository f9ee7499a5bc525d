import { readDocument } from "../xml/document.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import type { Roaming } from "./roaming.ts";
import { lineOf, type WireMessage } from "./wire-message.ts";

/** What a SERVICE of a client for its own person led to: contacts and groups, publications, access levels. */
export type Served = {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  /** The person may look otherwise now. */
  readonly published?: boolean;
  /** Whom the person has blocked, or blocks no longer. */
  readonly blocked?: readonly (readonly [who: string, blocked: boolean])[];
};

const limits = { bytesMax: 262_144, depthMax: 24, attributesMax: 64 };
const soap = "http://schemas.xmlsoap.org/soap/envelope/";
const winrtc = "http://schemas.microsoft.com/winrtc/2002/11/sip";

/** Serves it: contacts by SOAP (MS-SIP), the rest by MS-PRES. */
export function serve(request: WireMessage, roaming: Roaming, now: string): Served {
  const type = (lineOf(request, "content-type").split(";")[0] ?? "").trim().toLowerCase();
  const read = readDocument(request.body, limits);
  if (!read.ok) return { status: 400 };
  const root = read.value;
  switch (type) {
    case "application/soap+xml":
      return soapCall(root, roaming);
    case "application/msrtc-category-publish+xml":
      return { ...roaming.publish(root, now), published: true };
    case "application/msrtc-setcontainermembers+xml":
      return { status: 200, blocked: roaming.setMembers(root) };
    case "application/msrtc-presence-setsubscriber+xml":
      return { status: 200 };
    default:
      return { status: 415 };
  }
}

function soapCall(envelope: Element, roaming: Roaming): Served {
  const call = elements(envelope)
    .filter(({ name }) => name === "Body")
    .flatMap(elements)[0];
  const said = (name: string) => textOf(call && elements(call).find((each) => each.name === name)).trim();
  switch (call?.name) {
    case "addGroup": {
      const id = roaming.addGroup(said("name"));
      return id === undefined ? { status: 403 } : answered("addGroup", `<m:groupID>${id}</m:groupID>`);
    }
    case "deleteGroup":
      roaming.deleteGroup(Number(said("groupID")));
      return answered("deleteGroup", "");
    case "setContact": {
      const kept = roaming.setContact(said("URI"), { name: said("displayName"), groups: said("groups") });
      return kept ? answered("setContact", "") : { status: 403 };
    }
    case "deleteContact":
      roaming.deleteContact(said("URI"));
      return answered("deleteContact", "");
    default:
      return { status: 501 };
  }
}

function answered(call: string, inner: string): Served {
  const body = `<s:Envelope xmlns:s="${soap}" xmlns:m="${winrtc}"><s:Body><m:${call}>${inner}</m:${call}></s:Body></s:Envelope>`;
  return { status: 200, contentType: "application/SOAP+xml", body };
}
