import type { Availability } from "../presence/availability.ts";
import type { Element } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import {
  bareEntity,
  contactPriority,
  cutTo,
  named,
  nothingSaid,
  type PresenceDocument,
  type PresenceLimits,
  type PresenceTuple,
} from "./presence-fields.ts";

/** `msnsubstatus` for each state (sip-wire 2.4). */
const substatuses: Readonly<Record<Exclude<Availability, "offline">, string>> = {
  available: "online",
  idle: "idle",
  away: "away",
  xa: "away",
  busy: "busy",
  "on-the-phone": "onthephone",
  "in-a-meeting": "busy",
  dnd: "busy",
  brb: "berightback",
  "out-of-office": "away",
};

const read: Readonly<Record<string, Availability>> = {
  online: "available",
  idle: "idle",
  away: "away",
  busy: "busy",
  onthephone: "on-the-phone",
  berightback: "brb",
  outtolunch: "away",
  offline: "offline",
};

/** XPIDF (sip-wire 2.5), what came before PIDF: clients of LCS 2005's time. The first open address speaks for the person. */
export function readXpidf(root: Element, limits: PresenceLimits): PresenceDocument {
  const presentity = named(root, "presentity")[0]?.attrs.uri ?? "";
  const addresses = named(root, "atom").flatMap((atom) =>
    named(atom, "address").map((each) => readAddress(atom, each)),
  );
  const best = addresses.find(({ availability }) => availability !== "offline") ?? addresses[0];
  return {
    ...nothingSaid,
    entity: bareEntity(presentity),
    availability: best?.availability,
    activity: best?.tuple.activity,
    displayName: cutTo(named(root, "display")[0]?.attrs.name?.trim() ?? "", limits.presenceNoteBytesMax),
    priority: best?.tuple.priority ?? 0,
    tuples: addresses.map(({ tuple }) => tuple),
  };
}

function readAddress(
  atom: Element,
  address: Element,
): { availability: Availability | undefined; tuple: PresenceTuple } {
  const status = named(address, "status")[0]?.attrs.status?.trim().toLowerCase();
  // The specification's own sample misspells the name.
  const finer = [...named(address, "msnsubstatus"), ...named(address, "msnstatus")][0]?.attrs.substatus ?? "";
  const name = finer.trim().toLowerCase();
  const substatus = Object.hasOwn(read, name) ? read[name] : undefined;
  const said = status === "inuse" ? "on-the-phone" : substatus;
  const open = status === undefined ? undefined : status === "open" || status === "inuse";
  const activity = said === "available" || said === "offline" ? undefined : said;
  return {
    availability: open === true ? (said ?? "available") : open === false ? "offline" : said,
    tuple: {
      id: atom.attrs.id ?? atom.attrs.atomid ?? "",
      open,
      activity,
      note: "",
      contact: address.attrs.uri ?? "",
      priority: contactPriority(address.attrs.priority),
      timestamp: undefined,
    },
  };
}

/** The document for those who take no PIDF (sip-wire 2.1). `entity` is a URI: "sip:bob@ours.example". */
export function writeXpidf({ entity, availability }: { entity: string; availability: Availability }): string {
  const uri = escapeXml(entity);
  const status =
    availability === "offline"
      ? `<status status="closed"/>`
      : `<status status="open"/><msnsubstatus substatus="${substatuses[availability]}"/>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<presence><presentity uri="${uri};method=SUBSCRIBE"/><atom id="a1"><address uri="${uri}" priority="0.800000">${status}</address></atom></presence>
`;
}
