import type { StoredBinding } from "../base/store.ts";
import type { Contact } from "./contact.ts";
import { noParameters, type Parameter, parameter, readParameters } from "./parameters.ts";
import { parseSipUri, sameUri } from "./uri.ts";

/**
 * What a device's registration is known by (RFC 5626 §6): its flow and instance ("1 <urn:uuid:…>"), or without a flow its
 * Contact URI. The one begins with a digit, the other with "s".
 */
export function keyOf({ uri, instance, regId }: Contact): string {
  return regId === 0 ? uri.text : `${regId} ${instance}`;
}

/** The Contact's header parameters of a binding. */
export function parametersOf({ parameters }: StoredBinding): readonly Parameter[] {
  const read = readParameters(parameters, 0);
  return read.ok ? read.value : noParameters;
}

/** The instance of the device, "" when it has none. */
export function instanceOf(binding: StoredBinding): string {
  return parameter(parametersOf(binding), "+sip.instance") ?? "";
}

/** Whether a binding is known by its flow and instance. */
export function hasFlow({ key }: StoredBinding): boolean {
  const first = key.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}

/**
 * Whether a binding is what this Contact is about:
 *
 * - the same instance and flow (RFC 5626 §6), whatever the URI: the device has come by another way;
 * - the same URI (RFC 3261 §10.3, §19.1.4), unless both are flows, which may have their URI in common;
 * - the same instance under another Call-ID, where neither is a flow. A device keeps its Call-ID while it runs (§10.2), so
 *   this one has been started again, and what it had registered before leads nowhere.
 */
export function isAbout(binding: StoredBinding, contact: Contact, callId: string): boolean {
  const flow = hasFlow(binding);
  if (contact.regId !== 0 && flow) return binding.key === keyOf(contact);
  if (contact.regId === 0 && !flow && contact.instance !== "" && binding.callId !== callId) {
    if (instanceOf(binding) === contact.instance) return true;
  }
  if (binding.contact === contact.uri.text) return true;
  const own = parseSipUri(binding.contact);
  return own.ok && sameUri(own.value, contact.uri);
}

/**
 * A binding as the store gets it: good for as long again as it has been granted, so that most refreshes need not be written
 * (`mustKeep`). A crash loses no device that is there. One that went silent may be believed in for one interval too long
 * then, until the stored time has run out; requests to it fail, as they do to any device that has lost its network.
 */
export function kept(binding: StoredBinding, now: number): StoredBinding {
  return { ...binding, expiresAt: binding.expiresAt + Math.max(0, binding.expiresAt - now) };
}

/**
 * Whether a binding must be written: it is new, it says something else than what lies in the store, or it lasts longer than that.
 * A CSeq that has grown is not reason enough: with an older one a request that was already answered would be taken once
 * more after a crash, but its digest would not.
 */
export function mustKeep(stored: StoredBinding | undefined, next: StoredBinding): boolean {
  return (
    stored === undefined ||
    stored.expiresAt < next.expiresAt ||
    stored.contact !== next.contact ||
    stored.parameters !== next.parameters ||
    stored.via !== next.via ||
    stored.callId !== next.callId ||
    stored.userAgent !== next.userAgent ||
    stored.path.length !== next.path.length ||
    stored.path.some((each, at) => each !== next.path[at])
  );
}

/** A copy in memory of its own: a text cut out of a message holds all of the message's head. */
export function ownText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
