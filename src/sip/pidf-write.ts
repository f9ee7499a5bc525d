import { type Availability, availabilities } from "../presence/availability.ts";
import { stateNamed } from "../presence/words.ts";
import { shows } from "../presence/xmpp-show.ts";
import { escapeXml } from "../xml/writer.ts";

export type PidfParts = {
  /** A URI: "sip:bob@ours.example". */
  readonly entity: string;
  readonly availability: Availability;
  /** Free text; "" for none. The name of a state is not written: readers would take it for the state (6.9). */
  readonly note: string;
  readonly displayName?: string;
  /** Since when, milliseconds since 1970. */
  readonly since?: number;
  /** -128 to 127 (RFC 6121 §4.7.2.3). A negative one is not written (RFC 8048); without any it is 0.8. */
  readonly priority?: number;
  /** For partners that take RFC 3863 and nothing new: no person, no display name. */
  readonly strict?: boolean;
  /** For gateways of RFC 8048: <show/> in the status tells "do not disturb" and "extended away". */
  readonly show?: boolean;
};

/**
 * One PIDF document (RFC 3863) that suits every reader of sip-wire 2.4 (R14): one tuple; "open" or "closed" without white
 * space; the activity in the old place, for SIPE and Microsoft, and in the new one (RFC 4480), with the prefix `rpid`, for
 * those that look for its letters. Notes stand in the tuple and, for PJSIP, in the person. It is text for `application/pidf+xml`.
 */
export function writePidf(parts: PidfParts): string {
  const { availability, strict = false } = parts;
  const piece = pieces[availability];
  const entity = escapeXml(legal(parts.entity));
  const note = noteOf(parts.note);
  const tuple = `${strict ? headStrict : head}${entity}">
<tuple id="t1"><status>${piece.status}${parts.show === true ? piece.show : ""}</status>
<contact${priorityOf(parts.priority)}>${entity}</contact>${note === "" ? "" : `<note>${note}</note>`}${timeOf(parts.since)}</tuple>
`;
  if (strict) return `${tuple}</presence>\n`;
  return `${tuple}${personOf(piece.activities, note)}${nameOf(parts.displayName)}</presence>\n`;
}

const headStrict = `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status" entity="`;

const head = `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
  xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status"
  xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid" entity="`;

/**
 * The activity in the old place, which knows two, and those in the new one. There, "busy" or "away" stands first: PJSIP
 * looks at the first alone, and baresip and Jitsi know few others.
 */
const activities: Readonly<Record<Availability, readonly string[]>> = {
  available: [],
  idle: ["away"],
  away: ["away"],
  xa: ["away"],
  busy: ["busy"],
  "on-the-phone": ["busy", "on-the-phone"],
  "in-a-meeting": ["busy", "meeting"],
  dnd: ["busy"],
  brb: ["away"],
  "out-of-office": ["away"],
  offline: [],
};

/** What a reader finds in the document for a state: the basic status, and the activities (RFC 4480 §3.2) in their order. */
export function pidfWord(state: Availability): {
  readonly basic: "open" | "closed";
  readonly activities: readonly string[];
} {
  return { basic: state === "offline" ? "closed" : "open", activities: activities[state] };
}

type Piece = { readonly status: string; readonly show: string; readonly activities: string };

const pieces = Object.fromEntries(availabilities.map((state) => [state, pieceOf(state)])) as Record<
  Availability,
  Piece
>;

/** What of a document depends on the state alone. */
function pieceOf(availability: Availability): Piece {
  const [old, ...more] = activities[availability];
  // Where <show/> says less than the activity, it is left out: beside "busy", "dnd" would be believed.
  const show = availability === "offline" || shows[availability].says ? "" : shows[availability].show;
  const basic = `<basic>${availability === "offline" ? "closed" : "open"}</basic>`;
  return {
    status: old === undefined ? basic : `${basic}<ep:activities><ep:activity>${old}</ep:activity></ep:activities>`,
    show: show === "" ? "" : `<show xmlns="jabber:client">${show}</show>`,
    activities:
      old === undefined
        ? ""
        : `<rpid:activities>${[old, ...more].map((each) => `<rpid:${each}/>`).join("")}</rpid:activities>`,
  };
}

/** RFC 4479 §3.2. Without an activity or a note there is no person: Jitsi believes one before it believes "closed". */
function personOf(activity: string, note: string): string {
  if (activity === "" && note === "") return "";
  return `<dm:person id="p1">${activity}${note === "" ? "" : `<dm:note>${note}</dm:note>`}</dm:person>\n`;
}

function noteOf(note: string): string {
  const text = legal(note).trim();
  return text === "" || stateNamed(text) !== undefined ? "" : escapeXml(text);
}

function nameOf(name: string | undefined): string {
  return name === undefined || name === "" ? "" : `<ci:display-name>${escapeXml(legal(name))}</ci:display-name>`;
}

/** RFC 8048: three decimals, and different for each priority. */
function priorityOf(priority: number | undefined): string {
  if (priority === undefined) return ` priority="0.8"`;
  return priority < 0 ? "" : ` priority="${Math.floor((Math.min(priority, 127) / 127) * 1000) / 1000}"`;
}

const timeMax = 8.64e15;

function timeOf(since: number | undefined): string {
  if (since === undefined || !(Math.abs(since) <= timeMax)) return "";
  const written = new Date(since).toISOString();
  return written.startsWith("+") || written.startsWith("-") ? "" : `<timestamp>${written}</timestamp>`;
}

const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const everyIllegal = new RegExp(illegal, "gu");

/** Without the characters that XML 1.0 §2.2 does not know: notes may come from where they are allowed. */
function legal(text: string): string {
  return illegal.test(text) ? text.replace(everyIllegal, "") : text;
}
