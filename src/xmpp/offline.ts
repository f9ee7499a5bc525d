import { type Element, elements } from "../xml/element.ts";
import { messageType } from "./message-routing.ts";
import { ns } from "./ns.ts";

/** XEP-0160 §4: what disco#info says. */
export const feature = "msgoffline";

/** Payloads that mean nothing later, or nothing alone. */
const passing = new Set<string>([ns.chatStates, ns.hints, ns.stanzaIds, ns.delay, ns.pubsubEvent]);

/**
 * Whether a message nobody can take now is kept for later (XEP-0160 §3): normal and chat with something in them that still
 * means something tomorrow, so not chat states alone. The sender's word counts first (XEP-0334 §4).
 */
export function worthStoring(message: Element): boolean {
  const type = messageType(message.attrs.type);
  if (type !== "normal" && type !== "chat") return false;
  let worth = false;
  let wanted = false;
  for (const each of elements(message)) {
    if (each.ns === ns.hints) {
      // no-permanent-store is about archives; keeping until delivery is not permanent (XEP-0334 §4.1)
      if (each.name === "no-store") return false;
      if (each.name === "store") wanted = true;
    }
    const only = passing.has(each.ns) || (each.ns === message.ns && each.name === "thread");
    if (!only) worth = true;
  }
  return worth || wanted;
}
