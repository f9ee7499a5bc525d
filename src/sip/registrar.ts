import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import type { StoredBinding } from "../base/store.ts";
import { type Contact, readContact } from "./contact.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name-addr.ts";
import { refusedOptions, supports } from "./option-tags.ts";
import { outboundOf } from "./outbound.ts";
import { answerLines } from "./register-answer.ts";
import { change, inForce, removeAll } from "./register-changes.ts";

export type RegistrarLimits = Pick<
  Limits,
  "sipBindingsPerUserMax" | "sipRegisterSecondsMin" | "sipRegisterSecondsMax" | "sipUriBytesMax"
>;

/** What a REGISTER does not say itself. */
export type RegisterFacts = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The person's address as a URI: "sip:alice@ours.example". */
  readonly aor: string;
  /** The way it came by, in words the caller understands later (StoredBinding.via). */
  readonly via: string;
  /** It came on a connection, which CRLFs keep alive (RFC 5626 §4.4.1); false over UDP. */
  readonly keepsAlive: boolean;
  /** Seconds of silence after which a connection is taken for dead. */
  readonly flowTimerSeconds: number;
  /** Makes temporary GRUUs: 32 random bytes, kept in the store. */
  readonly gruuSecret: Uint8Array;
};

/** What is to be answered and what has changed. */
export type Registration = {
  readonly status: number;
  /** Header lines of the answer. */
  readonly headers: string;
  /** Why it failed. */
  readonly fault: Fault | undefined;
  /** Bindings that are new or renewed; each takes the place of the one with its key. */
  readonly put: readonly StoredBinding[];
  /** Keys of bindings that are gone: removed, replaced under another key, expired, or given up for newer ones. */
  readonly removed: readonly string[];
  /** All that are in force now; those of this request first. */
  readonly bindings: readonly StoredBinding[];
};

/** Seconds, where a REGISTER does not say (RFC 3261 §10.2.1.1). */
export const expiresDefault = 3_600;

/**
 * RFC 3261 §10.3: a REGISTER of somebody who has proved that these bindings are theirs. All of it is done or nothing. `bindings`:
 * all of that person, the expired ones among them are dropped.
 */
export function register(
  bindings: readonly StoredBinding[],
  message: SipMessage,
  facts: RegisterFacts,
  limits: RegistrarLimits,
): Registration {
  const live = bindings.filter(({ expiresAt }) => expiresAt > facts.now);
  const refuse = (why: Fault, headers = ""): Registration => ({
    status: rowOf(why.code).sip ?? 500,
    headers,
    fault: why,
    put: [],
    removed: [],
    bindings: live,
  });

  const unknown = refusedOptions(message);
  if (unknown !== undefined) return refuse(fault("sip-extension", unknown), `Unsupported: ${unknown}\r\n`);

  const path = message.values("path");
  if (path.join().length > limits.sipUriBytesMax) return refuse(fault("sip-too-large", "Path"));
  if (!path.every((value) => parseNameAddr(value).ok)) return refuse(fault("sip-malformed", "Path"));

  const values = message.values("contact");
  if (values.length > limits.sipBindingsPerUserMax) return refuse(fault("sip-bindings-full"));
  const contacts: Contact[] = [];
  if (values.includes("*")) {
    // §10.2.2, §10.3 step 6
    if (values.length > 1 || message.expires !== 0) return refuse(fault("sip-malformed", "a * that is not alone"));
  } else {
    for (const value of values) {
      const contact = readContact(value, limits.sipUriBytesMax);
      if (!contact.ok) return refuse(contact.fault);
      contacts.push(contact.value);
    }
  }

  const outbound = outboundOf(message, contacts, facts.keepsAlive);
  if (outbound === "first-hop-lacks-it") return refuse(fault("sip-first-hop-outbound"));

  const asked = secondsOf(contacts, message, limits);
  if (asked === undefined) return refuse(fault("sip-interval"), `Min-Expires: ${limits.sipRegisterSecondsMin}\r\n`);

  const done = values[0] === "*" ? removeAll(live, message) : change(live, message, contacts, asked, path, facts);
  if (!done.ok) return refuse(done.fault);

  const now = inForce(live, done.value, limits.sipBindingsPerUserMax);
  return {
    status: 200,
    headers: answerLines({
      now: facts.now,
      bindings: now,
      path: supports(message, "path") ? path : undefined,
      gruu: supports(message, "gruu") ? { aor: facts.aor, secret: facts.gruuSecret } : undefined,
      flowTimerSeconds: outbound === "used" ? facts.flowTimerSeconds : undefined,
    }),
    fault: undefined,
    put: done.value.put,
    removed: bindings.filter(({ key }) => !now.some((kept) => kept.key === key)).map(({ key }) => key),
    bindings: now,
  };
}

/** §10.3 step 7: how long each Contact is to last, 0 to remove it; undefined when one is too short. */
function secondsOf(
  contacts: readonly Contact[],
  message: SipMessage,
  { sipRegisterSecondsMin: min, sipRegisterSecondsMax: max }: RegistrarLimits,
): readonly number[] | undefined {
  const all = message.expires ?? expiresDefault;
  const asked = contacts.map(({ expires }) => expires ?? all);
  return asked.some((seconds) => seconds > 0 && seconds < min)
    ? undefined
    : asked.map((seconds) => Math.min(seconds, max));
}
