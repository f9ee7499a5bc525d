import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { StoredBinding } from "../base/store.ts";
import { isAbout, keyOf, ownText } from "./binding.ts";
import { type Contact, readContact } from "./contact.ts";
import type { SipMessage } from "./message.ts";
import { lists, outboundOf } from "./outbound.ts";
import { answerLines, registerExtensions } from "./register-answer.ts";

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

type Changes = { readonly put: readonly StoredBinding[]; readonly removed: ReadonlySet<string> };

const callIdCharactersMax = 256;
const userAgentCharactersMax = 256;
const expiresDefault = 3_600;

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

  // §8.2.2.3
  const unknown = message.values("require").filter((tag) => !registerExtensions.includes(tag.toLowerCase()));
  if (unknown.length > 0) return refuse(fault("sip-extension"), `Unsupported: ${unknown.join(", ")}\r\n`);

  const path = message.values("path");
  if (path.join().length > limits.sipUriBytesMax) return refuse(fault("sip-too-large", "Path"));

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
  const kept = new Set(now.map(({ key }) => key));
  const knowsGruu = lists(message, "supported", "gruu") || lists(message, "require", "gruu");
  const knowsPath = lists(message, "supported", "path") || lists(message, "require", "path");
  return {
    status: 200,
    headers: answerLines({
      now: facts.now,
      bindings: now,
      path: knowsPath ? path : undefined,
      gruu: knowsGruu ? { aor: facts.aor, secret: facts.gruuSecret } : undefined,
      flowTimerSeconds: outbound === "used" ? facts.flowTimerSeconds : undefined,
    }),
    fault: undefined,
    put: done.value.put,
    removed: bindings.map(({ key }) => key).filter((key) => !kept.has(key)),
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

/** §10.3 step 6 */
function removeAll(live: readonly StoredBinding[], message: SipMessage): Result<Changes> {
  const order = orderOf(live, message);
  if (order === "late") return no(outOfOrder());
  return ok({ put: [], removed: new Set(order === "again" ? [] : live.map(({ key }) => key)) });
}

/** §10.3 step 7 */
function change(
  live: readonly StoredBinding[],
  message: SipMessage,
  contacts: readonly Contact[],
  seconds: readonly number[],
  path: readonly string[],
  facts: RegisterFacts,
): Result<Changes> {
  const callId = callIdOf(message);
  const about = contacts.map((contact) => live.filter((binding) => isAbout(binding, contact, callId)));
  const order = orderOf(about.flat(), message);
  if (order === "late") return no(outOfOrder());
  if (order === "again") return ok({ put: [], removed: new Set() });
  const shared = {
    path: path.map(ownText),
    via: facts.via,
    callId,
    cseq: message.cseq?.number ?? 0,
    userAgent: ownText((message.header("user-agent") ?? "").slice(0, userAgentCharactersMax)),
  };
  const removed = new Set(about.flat().map(({ key }) => key));
  const put = new Map<string, StoredBinding>();
  for (const [at, contact] of contacts.entries()) {
    const key = keyOf(contact);
    const granted = seconds[at] ?? 0;
    // The same device twice: what is said last holds.
    for (const [other, binding] of put) if (isAbout(binding, contact, callId)) put.delete(other);
    if (granted === 0) continue;
    put.set(key, {
      key,
      contact: ownText(contact.uri.text),
      parameters: ownText(contact.parameters),
      ...shared,
      registeredAt: Math.min(facts.now, ...(about[at] ?? []).map(({ registeredAt }) => registeredAt)),
      expiresAt: facts.now + granted * 1000,
    });
  }
  return ok({ put: [...put.values()], removed });
}

/**
 * §10.3: within one Call-ID requests count upwards. "late": one that was overtaken, and may change nothing. "again": the
 * last one once more, whose answer was lost; it is answered with what there is.
 */
function orderOf(bindings: readonly StoredBinding[], message: SipMessage): "new" | "again" | "late" {
  const callId = callIdOf(message);
  const number = message.cseq?.number ?? 0;
  let order: "new" | "again" = "new";
  for (const binding of bindings) {
    if (binding.callId !== callId || binding.cseq < number) continue;
    if (binding.cseq > number) return "late";
    order = "again";
  }
  return order;
}

function outOfOrder(): Fault {
  return fault("sip-out-of-order");
}

function callIdOf(message: SipMessage): string {
  return ownText(message.callId.slice(0, callIdCharactersMax));
}

/**
 * What is in force after the changes, the new ones first: clients that read one Contact find theirs. Where there are too many, those
 * that would expire first give way. A device that gets a new port with every connection and does not say who it is leaves
 * dead bindings behind; refusing its next REGISTER until they have run out would lock its owner out.
 */
function inForce(live: readonly StoredBinding[], { put, removed }: Changes, most: number): readonly StoredBinding[] {
  const fresh = new Set(put.map(({ key }) => key));
  const others = live.filter(({ key }) => !removed.has(key) && !fresh.has(key));
  const room = Math.max(0, most - put.length);
  if (others.length <= room) return [...put, ...others];
  const lasting = [...others].sort((a, b) => b.expiresAt - a.expiresAt).slice(0, room);
  return [...put, ...others.filter((each) => lasting.includes(each))];
}
