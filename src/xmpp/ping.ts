import type { Element } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { stanzaText } from "./stanza.ts";

/** XEP-0199 §5: what disco#info says. */
export const feature = ns.ping;

/** Whether an iq get's payload is a ping; its answer is an empty result (XEP-0199 §4). */
export function isPing(payload: Element): boolean {
  return payload.name === "ping" && payload.ns === ns.ping;
}

/** Asks the other side whether it lives (XEP-0199 §4.1, §4.2). Any answer with the id will do, an error too. */
export function pingText(from: string, to: string, id: string): string {
  return stanzaText({ name: "iq", from, to, type: "get", id }, `<ping xmlns='${ns.ping}'/>`);
}
