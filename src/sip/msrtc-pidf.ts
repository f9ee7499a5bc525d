import type { Availability } from "../presence/availability.ts";
import { type Element, elements } from "../xml/element.ts";
import {
  bareEntity,
  cutTo,
  named,
  nothingSaid,
  type PresenceDocument,
  type PresenceLimits,
  textNamed,
} from "./presence-fields.ts";

/** `activity aggregate` from each number on (sip-wire 2.4, 2.5); undefined where it says no more than "there". */
const activities: readonly (readonly [from: number, activity: Availability | undefined])[] = [
  [0, undefined],
  [100, "away"],
  [150, "away"], // lunch
  [200, "idle"],
  [300, "brb"],
  [400, undefined], // active
  [500, "on-the-phone"],
  [600, "busy"],
  [700, "away"],
  [800, undefined],
];

/** `availability aggregate` below this cannot receive a message. */
const reachableFrom = 100;

/** Microsoft's own document of LCS 2005's time, `text/xml+msrtc.pidf` [MS-SIP]. Its namespaces differ, so names alone count. */
export function readMsrtcPidf(root: Element, limits: PresenceLimits): PresenceDocument {
  const availability = aggregateOf(root, "availability");
  const number = aggregateOf(root, "activity") ?? 0;
  const activity = activities.findLast(([from]) => number >= from)?.[1];
  const shown = elements(root).find(({ name }) => name === "displayName");
  const info = elements(root).find(({ name }) => name === "userInfo");
  return {
    ...nothingSaid,
    entity: bareEntity(root.attrs.uri ?? ""),
    availability:
      availability === undefined ? activity : availability < reachableFrom ? "offline" : (activity ?? "available"),
    activity,
    note: info === undefined ? "" : cutTo(textNamed(info, "note"), limits.presenceNoteBytesMax),
    displayName: cutTo(
      (shown?.attrs.displayName ?? textNamed(root, "displayName")).trim(),
      limits.presenceNoteBytesMax,
    ),
  };
}

function aggregateOf(root: Element, name: string): number | undefined {
  const written = named(root, name)[0]?.attrs.aggregate ?? "";
  return /^\d{1,5}$/.test(written) ? Number(written) : undefined;
}
