import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Element, elements } from "../xml/element.ts";
import type { Resource } from "./resource.ts";
import type { Envelope } from "./stanza.ts";

/**
 * What becomes of an iq to a local address: to that device; to the server itself, which answers for the person or the domain
 * (and says service-unavailable to what it does not know); an error; nothing.
 */
export type IqVerdict = "deliver" | "server" | "error" | "drop";

type Place = "domain" | "bare" | "matched" | "unmatched";

/** RFC 6121 §8.4, §8.5.1, §8.5.2.1.3, §8.5.3: requests and answers, by the kind of address. */
export const iqTable: Readonly<Record<Place, { readonly request: IqVerdict; readonly answer: IqVerdict }>> = {
  domain: { request: "server", answer: "server" },
  // An answer to a bare address answers something the server asked in the person's name.
  bare: { request: "server", answer: "server" },
  matched: { request: "deliver", answer: "deliver" },
  // §8.5.3.2.3: a device that is not there cannot be asked, and an answer to it is for nobody
  unmatched: { request: "error", answer: "drop" },
};

/**
 * Decides on an iq to a local address. `local` is "" for the domain itself, `resource` for a bare address; an account
 * that does not exist has no resources and gets the same treatment, so nobody learns which accounts exist.
 */
export function routeIq<R extends Resource>(
  type: string | undefined,
  local: string,
  resource: string,
  resources: readonly R[],
  into: R[],
): IqVerdict {
  const place = local === "" ? "domain" : resource === "" ? "bare" : find(resource, resources, into);
  const row = iqTable[place];
  return type === "get" || type === "set" ? row.request : row.answer;
}

function find<R extends Resource>(resource: string, resources: readonly R[], into: R[]): Place {
  for (const each of resources) {
    if (each.jid.resource === resource) {
      into.push(each);
      return "matched";
    }
  }
  return "unmatched";
}

/** RFC 6120 §8.2.3: an iq has an id and one of four types; bad-request otherwise. */
export function checkIq(envelope: Envelope): Result<void> {
  if (envelope.id === undefined) return no(fault("bad-request", "an iq needs an id"));
  const { type } = envelope;
  if (type === "get" || type === "set" || type === "result" || type === "error") return ok(undefined);
  return no(fault("bad-request", "an iq's type is get, set, result or error"));
}

/** RFC 6120 §8.2.3 rule 4: a request has exactly one child, which says what is asked; bad-request otherwise. */
export function iqPayload(iq: Element): Result<Element> {
  const inside = elements(iq);
  const [payload] = inside;
  if (payload === undefined || inside.length > 1) return no(fault("bad-request", "a request has exactly one child"));
  return ok(payload);
}
