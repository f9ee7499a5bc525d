import { asBuffer, utf8 } from "../base/bytes.ts";
import { limitTable } from "../base/limits.ts";
import type { Availability } from "../presence/availability.ts";
import { fromXmpp, toXmpp } from "../presence/xmpp-show.ts";
import { child, type Element, el, elements, textOf } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import { escapeXml, write } from "../xml/writer.ts";
import { ns } from "../xmpp/ns.ts";
import { presencePriority } from "../xmpp/presence-priority.ts";
import { cleanText } from "./clean-text.ts";
import { cutText } from "./split-text.ts";

/** What a device says of its owner, in words of no protocol. */
export type PresenceWord = {
  readonly availability: Availability;
  readonly note: string;
  /** -128 to 127. */
  readonly priority: number;
};

/**
 * What an XMPP presence says (RFC 8048 §6, Table 1): of no type, or "unavailable". An unknown <show/> is none, a priority that is
 * no number is 0, a note longer than `noteBytesMax` is cut at a character.
 */
export function presenceOf(presence: Element, noteBytesMax: number = limitTable.presenceNoteBytesMax[0]): PresenceWord {
  const show = textOf(child(presence, "show", presence.ns)).trim();
  const status = cleanText(textOf(statusOf(presence))).trim();
  const { availability, note } = fromXmpp(presence.attrs.type !== "unavailable", show, status);
  const priority = presencePriority(presence);
  return { availability, note: cutText(note, noteBytesMax), priority: priority.ok ? priority.value : 0 };
}

/** RFC 6121 §4.7.2.2: the status in no language of its own, else the first. */
function statusOf(presence: Element): Element | undefined {
  let first: Element | undefined;
  for (const each of elements(presence)) {
    if (each.name !== "status" || each.ns !== presence.ns) continue;
    if (each.attrs["xml:lang"] === undefined) return each;
    first ??= each;
  }
  return first;
}

/** The type of the presence that says so: none, or "unavailable". */
export function presenceType(availability: Availability): "unavailable" | undefined {
  return availability === "offline" ? "unavailable" : undefined;
}

/**
 * The inside of a presence that says so (RFC 8048 §6, Table 2), as XML text in the stream's namespace: <show/>, <status/> and,
 * but for 0, <priority/>. The priority is an integer (K-4), and somebody who is gone has none.
 */
export function presenceInner(availability: Availability, note: string, priority: number): string {
  const { available, show, status } = toXmpp(availability, cleanText(note));
  return (
    (show === "" ? "" : `<show>${show}</show>`) +
    (status === "" ? "" : `<status>${escapeXml(status)}</status>`) +
    (priority === 0 || !available ? "" : `<priority>${Math.min(Math.max(Math.round(priority), -128), 127)}</priority>`)
  );
}

/** A device's presence that shows another state and note than it said itself; all else in it stays. `bytes` are a whole stanza. */
export function overlaid(bytes: Uint8Array, availability: Availability, note: string): Buffer {
  const presence = read(asBuffer(bytes), { contentNs: ns.client, prefixes: {} });
  const { show, status } = toXmpp(availability, cleanText(note));
  const kept = presence.children.filter(
    (each) => typeof each === "string" || each.ns !== presence.ns || (each.name !== "show" && each.name !== "status"),
  );
  const said: Element[] = [];
  if (show !== "") said.push(el("show", presence.ns, {}, show));
  if (status !== "") said.push(el("status", presence.ns, {}, status));
  return utf8(write({ ...presence, children: [...said, ...kept] }, presence.ns));
}
