import { type Element, el } from "../xml/element.ts";
import { ns } from "./ns.ts";

/** XEP-0092 §4: what disco#info says. */
export const feature = ns.version;

/** Whether an iq get's payload asks which software this is. */
export function asksVersion(payload: Element): boolean {
  return payload.name === "query" && payload.ns === ns.version;
}

/** The answer: name and version. The operating system is nobody's business (XEP-0092 §5). */
export function versionPayload(name: string, version: string): Element {
  return el("query", ns.version, {}, el("name", ns.version, {}, name), el("version", ns.version, {}, version));
}
