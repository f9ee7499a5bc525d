import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { StoredBinding } from "../base/store.ts";
import { isAbout, keyOf, ownText } from "./binding.ts";
import type { Contact } from "./contact.ts";
import type { SipMessage } from "./message.ts";

/** What a REGISTER does to the bindings of a person: those that are new or renewed, and the keys of those they replace. */
export type Changes = { readonly put: readonly StoredBinding[]; readonly removed: ReadonlySet<string> };

const callIdCharactersMax = 256;
const userAgentCharactersMax = 256;

/** RFC 3261 §10.3 step 6: "*". Fails with sip-out-of-order. */
export function removeAll(live: readonly StoredBinding[], message: SipMessage): Result<Changes> {
  const order = orderOf(live, callIdOf(message), message);
  if (order === "late") return no(outOfOrder());
  return ok({ put: [], removed: new Set(order === "again" ? [] : live.map(({ key }) => key)) });
}

/** RFC 3261 §10.3 step 7. `seconds`: what each Contact is granted, 0 to remove it. Fails with sip-out-of-order. */
export function change(
  live: readonly StoredBinding[],
  message: SipMessage,
  contacts: readonly Contact[],
  seconds: readonly number[],
  path: readonly string[],
  facts: { readonly now: number; readonly via: string },
): Result<Changes> {
  const callId = callIdOf(message);
  const about = contacts.map((contact) => live.filter((binding) => isAbout(binding, contact, callId)));
  const all = about.flat();
  const order = orderOf(all, callId, message);
  if (order === "late") return no(outOfOrder());
  if (order === "again") return ok({ put: [], removed: new Set() });
  const userAgent = (message.header("user-agent") ?? "").slice(0, userAgentCharactersMax);
  const shared = {
    path: path.map(ownText),
    via: facts.via,
    callId: ownAs(all[0]?.callId, callId),
    cseq: message.cseq?.number ?? 0,
    userAgent: ownAs(all[0]?.userAgent, userAgent),
  };
  const removed = new Set(all.map(({ key }) => key));
  const put = new Map<string, StoredBinding>();
  for (const [at, contact] of contacts.entries()) {
    const before = about[at] ?? [];
    const key = ownAs(before[0]?.key, keyOf(contact));
    const granted = seconds[at] ?? 0;
    // The same device twice: what is said last holds.
    for (const [other, binding] of put) if (isAbout(binding, contact, callId)) put.delete(other);
    if (granted === 0) continue;
    put.set(key, {
      key,
      contact: ownAs(before[0]?.contact, contact.uri.text),
      parameters: ownAs(before[0]?.parameters, contact.parameters),
      ...shared,
      registeredAt: before.reduce((first, { registeredAt }) => Math.min(first, registeredAt), facts.now),
      expiresAt: facts.now + granted * 1000,
    });
  }
  return ok({ put: [...put.values()], removed });
}

/** A text in memory of its own: the one that is known already when it says the same, as in most refreshes. */
function ownAs(known: string | undefined, text: string): string {
  return known === text ? known : ownText(text);
}

/**
 * §10.3: within one Call-ID requests count upwards. "late": one that was overtaken, and may change nothing. "again": the
 * last one once more, whose answer was lost; it is answered with what there is.
 */
function orderOf(bindings: readonly StoredBinding[], callId: string, message: SipMessage): "new" | "again" | "late" {
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
  return message.callId.slice(0, callIdCharactersMax);
}

/**
 * What is in force after the changes, the new ones first: clients that read one Contact find theirs. Where there are too many, those
 * that would expire first give way. A device that gets a new port with every connection and does not say who it is leaves
 * dead bindings behind; refusing its next REGISTER until they have run out would lock its owner out.
 */
export function inForce(
  live: readonly StoredBinding[],
  { put, removed }: Changes,
  most: number,
): readonly StoredBinding[] {
  const others = live.filter(({ key }) => !removed.has(key) && !put.some((fresh) => fresh.key === key));
  const room = Math.max(0, most - put.length);
  if (others.length <= room) return [...put, ...others];
  const lasting = [...others].sort((a, b) => b.expiresAt - a.expiresAt).slice(0, room);
  return [...put, ...others.filter((each) => lasting.includes(each))];
}
