import { ofActivity, ofNumber, stateOf } from "../presence/microsoft-availability.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import {
  bareEntity,
  cutTo,
  firstNamed,
  named,
  nothingSaid,
  type PresenceDocument,
  type PresenceLimits,
  textNamed,
} from "./presence-fields.ts";

/**
 * Enhanced presence, `application/msrtc-event-categories+xml` [MS-PRES]: a number from the bands of MAP-10, perhaps with a token
 * beside it that says more. Nobody is asked for it (sip-wire 2.5); who sends it all the same is understood.
 */
export function readCategories(root: Element, limits: PresenceLimits): PresenceDocument {
  const categories = named(root, "category");
  const states = categories.flatMap((each) => (each.attrs.name === "state" ? named(each, "state") : []));
  // What their server has made of all devices of the person; one of its parts only where that is left out.
  const state = states.find((each) => typeOf(each) === "aggregateState") ?? states[0];
  const number = numberIn(textNamed(state ?? root, "availability"));
  const said = state === undefined || number === undefined ? undefined : tokenIn(state, number);
  const note = categories.find((each) => each.attrs.name === "note");
  const body = note === undefined ? undefined : firstNamed(firstNamed(note, "note") ?? note, "body");
  return {
    ...nothingSaid,
    entity: bareEntity(root.attrs.uri ?? ""),
    availability: number === undefined ? undefined : stateOf(ofNumber(number, true), said),
    activity: said,
    number,
    note: cutTo(textOf(body).trim(), limits.presenceNoteBytesMax),
  };
}

/** The value of its `xsi:type`, without a prefix. */
function typeOf(element: Element): string {
  const type = Object.entries(element.attrs).find(([name]) => /(?:^|[:}])type$/.test(name))?.[1] ?? "";
  return type.slice(type.indexOf(":") + 1);
}

/** The token counts as long as the number is among those it was meant for. */
function tokenIn(state: Element, number: number) {
  for (const activity of elements(state)) {
    if (activity.name !== "activity") continue;
    const least = numberIn(activity.attrs.minAvailability ?? "0") ?? 0;
    const most = numberIn(activity.attrs.maxAvailability ?? "") ?? Number.POSITIVE_INFINITY;
    const found = ofActivity(activity.attrs.token ?? "");
    if (found !== undefined && number >= least && number <= most) return found;
  }
  return undefined;
}

function numberIn(written: string): number | undefined {
  return /^\d{1,5}$/.test(written) ? Number(written) : undefined;
}
