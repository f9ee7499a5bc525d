import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { parseSipUri } from "./uri.ts";

export type DialogLimits = Pick<Limits, "sipRoutesMax" | "sipUriBytesMax">;

/** Who says so may replace the routes of a dialog later (sip-wire 1.6). */
export const routeSetUpdate = "ms-dialog-route-set-update";

export const noRoutes: readonly string[] = [];
const none: Result<undefined> = ok(undefined);

/**
 * The URI of a message's Contact: where the other side of a dialog is. Undefined without one. Fails with sip-malformed, also
 * when it is no SIP URI (RFC 3261 §8.1.1.8), and sip-uri-too-long.
 */
export function targetOf(m: SipMessage, limits: DialogLimits): Result<string | undefined> {
  if (m.header("contact") === undefined) return none;
  const [first = ""] = m.values("contact");
  const contact = parseNameAddr(first);
  if (!contact.ok) return contact;
  const uri = parseSipUri(contact.value.uri, limits.sipUriBytesMax);
  if (uri.ok) return ok(owned(contact.value.uri));
  return uri.fault.code === "sip-uri-scheme" ? no(fault("sip-malformed", "a Contact that is no SIP URI")) : uri;
}

/**
 * The servers that want to stay on a dialog's way (RFC 3261 §12.1): the Record-Route values as they stand, byte for byte
 * (R3). Fails with sip-malformed, sip-uri-too-long, and sip-too-large (sipRoutesMax).
 */
export function recordedRoutes(m: SipMessage, limits: DialogLimits): Result<readonly string[]> {
  if (m.header("record-route") === undefined) return ok(noRoutes);
  const values = m.values("record-route");
  if (values.length > limits.sipRoutesMax) return no(fault("sip-too-large", "sipRoutesMax"));
  for (const value of values) {
    const route = parseNameAddr(value);
    if (!route.ok) return no(fault("sip-malformed", "a Record-Route that cannot be read"));
    if (route.value.uri.length > limits.sipUriBytesMax) return no(fault("sip-uri-too-long", "sipUriBytesMax"));
  }
  return ok(values.map(owned));
}

/** A copy: a slice of a message would keep its whole head in memory for as long as the dialog lives. */
export function owned(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
