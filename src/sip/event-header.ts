import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

/** An Event header's value (RFC 6665 §8.2.1), once read. */
export type EventHeader = {
  /** Package and templates: "presence", "presence.winfo". Compared byte by byte. */
  readonly name: string;
  readonly package: string;
  /** Outermost last: "presence.winfo.winfo" has two. */
  readonly templates: readonly string[];
  /** Tells several subscriptions of one dialog apart; "" when there is none. */
  readonly id: string;
};

/** What can be watched here. */
export type ServedEvent = "presence" | "presence.winfo";

const served: readonly ServedEvent[] = ["presence", "presence.winfo"];

/**
 * The Allow-Events value (RFC 6665 §8.2.2): for 489, and for answers to SUBSCRIBE, PUBLISH and OPTIONS. It never names
 * vnd-microsoft-provisioning, which would have libpurple ask for contacts Microsoft's way (6.2).
 */
export const allowEvents: string = served.join(", ");

/** What can be published here (RFC 3903 §6). */
export const allowPublish = "presence";

/** What nearly all say. */
const presence = ok<EventHeader>({ name: "presence", package: "presence", templates: [], id: "" });

const token = /^[-!%*_+`'~A-Za-z0-9]+$/;

/** Reads an Event header. Fails with sip-event when there is none, sip-malformed when it is none. */
export function parseEvent(text: string | undefined): Result<EventHeader> {
  if (text === undefined) return no(fault("sip-event", "no Event header"));
  if (text === "presence") return presence;
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim());
  const [pack = "", ...templates] = name.split(".");
  if (![pack, ...templates].every((part) => token.test(part))) return no(fault("sip-malformed", "the Event header"));
  let id = "";
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    if (equals > 0 && parameter.slice(0, equals).trim().toLowerCase() === "id") id = parameter.slice(equals + 1).trim();
  }
  return ok({ name, package: pack, templates, id });
}

/** Reads an Event header that must name something to be watched here. Fails with sip-event (489) or sip-malformed. */
export function parseServedEvent(text: string | undefined): Result<EventHeader & { readonly name: ServedEvent }> {
  const event = parseEvent(text);
  if (!event.ok) return event;
  const name = served.find((each) => each === event.value.name);
  // RFC 6665 §4.2.1.1; the name is the peer's, so it is not repeated
  return name === undefined ? no(fault("sip-event", "an event package not served here")) : ok({ ...event.value, name });
}

/** The value for our own SUBSCRIBE and NOTIFY: package and id, no more. */
export function eventText(event: Pick<EventHeader, "name" | "id">): string {
  return event.id === "" ? event.name : `${event.name};id=${event.id}`;
}

/** RFC 6665 §8.2.1: whether a NOTIFY's Event belongs to a subscription's; package and id are compared byte by byte. */
export function sameEvent(a: Pick<EventHeader, "name" | "id">, b: Pick<EventHeader, "name" | "id">): boolean {
  return a.name === b.name && a.id === b.id;
}
