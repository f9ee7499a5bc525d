import type { Limits } from "../base/limits.ts";
import type { Availability } from "../presence/availability.ts";
import { type Element, textOf } from "../xml/element.ts";

export type PresenceLimits = Pick<
  Limits,
  | "presenceDocumentBytesMax"
  | "presenceDocumentDepthMax"
  | "presenceChildrenMax"
  | "presenceNoteBytesMax"
  | "xmlAttributesMax"
>;

/** One way of reaching the person, as a document lists it (RFC 3863 §4.1.2). */
export type PresenceTuple = {
  readonly id: string;
  /** False for "closed" and for any other word than "open"; undefined when it says nothing. */
  readonly open: boolean | undefined;
  /** What its activities say; undefined when they say nothing. */
  readonly activity: Availability | undefined;
  readonly note: string;
  /** As written; "" when none. */
  readonly contact: string;
  /** 0 to 127, of the contact's 0 to 1 (RFC 8048); 0 when it has none. */
  readonly priority: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number | undefined;
};

/** What a presence document says, whichever of its dialects it was written in (sip-wire 2.4, 2.5). */
export type PresenceDocument = {
  /** "bob@ours.example": without scheme and parameters, otherwise as written (R13); "" when it names nobody. */
  readonly entity: string;
  /** The state of the person; undefined when the document says nothing of it: an empty body, no tuple and no activity. */
  readonly availability: Availability | undefined;
  /**
   * What the activities say, whether or not the document says "open". Linphone writes "do not disturb" as "closed" with an
   * activity; call managers write a line off the hook so.
   */
  readonly activity: Availability | undefined;
  /** Microsoft's number for it, where the document is of the kind that has one (MAP-10). */
  readonly number: number | undefined;
  /** "" when none, or only the name of a state (6.9). */
  readonly note: string;
  readonly displayName: string;
  readonly priority: number;
  readonly timestamp: number | undefined;
  readonly tuples: readonly PresenceTuple[];
  /** MAP-11: the document read as a call manager's word on one line; undefined when it does not read so. */
  readonly phone: "on-hook" | "off-hook" | undefined;
};

/** A document that says nothing. */
export const nothingSaid: PresenceDocument = {
  entity: "",
  availability: undefined,
  activity: undefined,
  number: undefined,
  note: "",
  displayName: "",
  priority: 0,
  timestamp: undefined,
  tuples: [],
  phone: undefined,
};

/** The children of that local name. Dialects differ in namespaces, so names alone count (sip-wire 2.4). */
export function named(of: Element, name: string): readonly Element[] {
  let found: Element[] | undefined;
  for (const each of of.children) {
    if (typeof each === "string" || each.name !== name) continue;
    if (found === undefined) found = [each];
    else found.push(each);
  }
  return found ?? none;
}

const none: readonly Element[] = [];

/** The first of them. */
export function firstNamed(of: Element, name: string): Element | undefined {
  for (const each of of.children) if (typeof each !== "string" && each.name === name) return each;
  return undefined;
}

/** The text of the first child of that name, trimmed; "" when there is none. */
export function textNamed(of: Element, name: string): string {
  return textOf(firstNamed(of, name)).trim();
}

const scheme = /^(?:sips?|pres|im):/i;

/** R13: `sip:bob@ours.example;method=SUBSCRIBE`, `pres:bob@ours.example` or without a scheme: the address alone. */
export function bareEntity(written: string): string {
  const uri = written.trim();
  const start = uri.startsWith("sip:") ? 4 : (scheme.exec(uri)?.[0].length ?? 0);
  const end = uri.search(/[;?]/);
  return uri.slice(start, end === -1 ? uri.length : end);
}

/** RFC 8048: a contact's priority of 0 to 1 as one of 0 to 127; what is no such number is 0. */
export function contactPriority(written: string | undefined): number {
  if (written === undefined || !/^[01](?:\.\d{0,9})?$/.test(written)) return 0;
  return Math.round(Math.min(Number(written), 1) * 127);
}

/** RFC 3339 time as milliseconds since 1970; undefined for anything else. */
export function timeOf(written: string): number | undefined {
  if (written === "" || !/^\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)?$/i.test(written)) return undefined;
  const time = Date.parse(written);
  return Number.isNaN(time) ? undefined : time;
}

/** Text cut to so many bytes of UTF-8, never within a character. */
export function cutTo(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.slice(0, end);
}
