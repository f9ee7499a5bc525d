import { type Fault, fault, rowOf } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { allowPublish, parseEvent } from "./event-header.ts";

/** One publication of a person's presence (RFC 3903 §4). `T` is whatever its document was read into. */
export type Publication<T> = {
  /** Stays while the entity-tag changes: what a composer knows the publication by. */
  readonly id: string;
  readonly tag: string;
  /** Which device published, "" when that is not known. */
  readonly device: string;
  readonly document: T;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
};

/** All publications in force of one person, oldest first. */
export type Publications<T> = readonly Publication<T>[];

/** What a PUBLISH says. */
export type PublishRequest<T> = {
  /** The Event header. */
  readonly event: string | undefined;
  /** Values of SIP-If-Match. */
  readonly ifMatch: readonly string[];
  /** Seconds of the Expires header. */
  readonly expires: number | undefined;
  /**
   * The device behind it, in words of the caller's choice, "" when unknown; asked for when it names no tag. A device that
   * publishes anew, as after a crash, takes back what it published before: old libpurple and PJSIP never name a tag (6.2).
   */
  readonly device: () => string;
  /** What the id of a first publication begins with, where its composer hears of other things too. */
  readonly idHead: string;
  /** Reads the body, once nothing else stands against the request; undefined when there is none. */
  readonly read: (() => Result<T>) | undefined;
};

/** A publication came or changed (with its document), or went (without). */
export type PublicationChange<T> = { readonly id: string; readonly document: T | undefined };

export type PublishAnswer<T> = {
  readonly status: number;
  /** Header lines of the answer, each with its line end. */
  readonly headers: string;
  /** Why it failed. */
  readonly fault: Fault | undefined;
  readonly next: Publications<T>;
  /** What the composer must know; empty for a refresh and a failure. */
  readonly changes: readonly PublicationChange<T>[];
};

export type PublishLimits = Pick<Limits, "sipPublicationsPerUserMax" | "sipPublishSecondsMin" | "sipPublishSecondsMax">;

/** What a body of PUBLISH may be: the Accept of 415 (RFC 3903 §6 step 5). */
export const publishTypes = "application/pidf+xml, application/xpidf+xml, text/xml+msrtc.pidf";

const secondsWhenNotSaid = 3_600;

/**
 * Serves one PUBLISH for one person, in the order of RFC 3903 §6 from step 2 on: who may publish for whom has been decided.
 * `now` is in milliseconds since 1970, `tag` makes a fresh entity-tag. Statuses: 200, 400, 412, 415, 423, 489, and what
 * the reader of the body says.
 */
export function publish<T>(
  state: Publications<T>,
  request: PublishRequest<T>,
  now: number,
  tag: () => string,
  limits: PublishLimits,
): PublishAnswer<T> {
  // Step 2
  const event = parseEvent(request.event);
  if (!event.ok || event.value.name !== allowPublish) {
    return refused(state, fault("sip-event", "not presence"), `Allow-Events: ${allowPublish}\r\n`);
  }
  // Step 3. A client that has named no tag never gets 412: libpurple would publish no more (6.2)
  const inForce = state.filter(({ expiresAt }) => expiresAt > now);
  const found = matching(inForce, request.ifMatch);
  if (!found.ok) return refused(state, found.fault);
  const existing = found.value;
  // Step 4
  const seconds = Math.min(request.expires ?? secondsWhenNotSaid, limits.sipPublishSecondsMax);
  if (seconds > 0 && seconds < limits.sipPublishSecondsMin) {
    return refused(state, fault("sip-interval"), `Min-Expires: ${limits.sipPublishSecondsMin}\r\n`);
  }
  const fresh = tag();
  const headers = `SIP-ETag: ${fresh}\r\nExpires: ${seconds}\r\n`;
  // §4.5: a body that comes with a removal means nothing
  if (seconds === 0) return granted(headers, ...without(inForce, ({ id }) => id === existing?.id));
  const expiresAt = now + seconds * 1_000;
  // Step 5
  if (request.read === undefined) {
    if (existing === undefined) return refused(state, fault("sip-malformed", "a first publication without a body"));
    return granted(headers, replaced(inForce, changed(existing, fresh, expiresAt, existing.document)), []);
  }
  const read = request.read();
  if (!read.ok) {
    return refused(state, read.fault, read.fault.code === "sip-media-type" ? `Accept: ${publishTypes}\r\n` : "");
  }
  const document = read.value;
  // Step 6
  if (existing !== undefined) {
    const next = replaced(inForce, changed(existing, fresh, expiresAt, document));
    return granted(headers, next, [{ id: existing.id, document }]);
  }
  const device = request.device();
  const first = { id: request.idHead + fresh, tag: fresh, device, document, expiresAt };
  const [others, gone] = without(inForce, (each) => device !== "" && each.device === device);
  const [kept, dropped] = withRoomForOne(others, limits.sipPublicationsPerUserMax);
  return granted(headers, [...kept, first], [...gone, ...dropped, { id: first.id, document }]);
}

function granted<T>(
  headers: string,
  next: Publications<T>,
  changes: readonly PublicationChange<T>[],
): PublishAnswer<T> {
  return { status: 200, headers, fault: undefined, next, changes };
}

function refused<T>(state: Publications<T>, why: Fault, headers = ""): PublishAnswer<T> {
  return { status: rowOf(why.code).sip ?? 400, headers, fault: why, next: state, changes: [] };
}

/** Takes out what has run out (RFC 3903 §4.4: nobody is told but the composer). */
export function expired<T>(
  state: Publications<T>,
  now: number,
): { readonly next: Publications<T>; readonly changes: readonly PublicationChange<T>[] } {
  const [next, changes] = without(state, ({ expiresAt }) => expiresAt <= now);
  return { next, changes };
}

/** When the next one runs out, in milliseconds since 1970; undefined when there is none. */
export function nextExpiry<T>(state: Publications<T>): number | undefined {
  let soonest: number | undefined;
  for (const { expiresAt } of state) if (soonest === undefined || expiresAt < soonest) soonest = expiresAt;
  return soonest;
}

function matching<T>(state: Publications<T>, ifMatch: readonly string[]): Result<Publication<T> | undefined> {
  const [wanted] = ifMatch;
  if (wanted === undefined) return ok(undefined);
  // RFC 3903 §11.3.2: exactly one
  if (ifMatch.length > 1) return no(fault("sip-malformed", "more than one SIP-If-Match"));
  const existing = state.find(({ tag }) => tag === wanted);
  return existing === undefined ? no(fault("sip-conditional-failed")) : ok(existing);
}

function changed<T>(existing: Publication<T>, tag: string, expiresAt: number, document: T): Publication<T> {
  return { id: existing.id, tag, device: existing.device, document, expiresAt };
}

function replaced<T>(state: Publications<T>, by: Publication<T>): Publications<T> {
  return state.map((each) => (each.id === by.id ? by : each));
}

function without<T>(
  state: Publications<T>,
  goes: (each: Publication<T>) => boolean,
): [Publications<T>, readonly PublicationChange<T>[]] {
  const gone = state.filter(goes).map(({ id }) => ({ id, document: undefined }));
  return [state.filter((each) => !goes(each)), gone];
}

// One too many takes the place of the one that would run out first: a refusal would silence libpurple for good (6.2)
function withRoomForOne<T>(state: Publications<T>, max: number): [Publications<T>, readonly PublicationChange<T>[]] {
  if (state.length < max) return [state, []];
  const leaving = new Set(state.toSorted((a, b) => a.expiresAt - b.expiresAt).slice(0, state.length - max + 1));
  return without(state, (each) => leaving.has(each));
}
