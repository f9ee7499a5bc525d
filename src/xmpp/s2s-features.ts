import { child, type Element, el, elements, textOf } from "../xml/element.ts";
import { ns } from "./ns.ts";

/** What a receiving server offers, as far as a link uses it. */
export type S2sFeatures = {
  readonly starttls: "no" | "offered" | "required";
  readonly external: boolean;
  /** errors: it also understands dialback errors, without which targets may not be multiplexed (XEP-0220 §2.4). */
  readonly dialback: "no" | "plain" | "errors";
  readonly sm: boolean;
  readonly limits: StreamLimits;
};

/** XEP-0478: what the peer accepts. Undefined where it does not say. */
export type StreamLimits = { readonly bytesMax?: number | undefined; readonly idleSeconds?: number | undefined };

/** What a peer offers that sends no features: nothing, and dialback is tried (A.6, legacy 0.9). */
export const legacyFeatures: S2sFeatures = {
  starttls: "no",
  external: false,
  dialback: "plain",
  sm: false,
  limits: {},
};

type Row = {
  readonly name: string;
  readonly ns: string;
  readonly read: (element: Element, features: S2sFeatures) => S2sFeatures;
  /** The feature as offered; undefined when it is not. */
  readonly offer: (features: S2sFeatures) => Element | undefined;
};

/** The stream features of a server link, one a row, in the order they are offered (RFC 6120 §4.3.2, XEP-0170). */
const rows: readonly Row[] = [
  {
    name: "starttls", // RFC 6120 §5
    ns: ns.tls,
    read: (element, features) => ({
      ...features,
      starttls: child(element, "required", ns.tls) === undefined ? "offered" : "required",
    }),
    offer: ({ starttls }) =>
      starttls === "no"
        ? undefined
        : el("starttls", ns.tls, {}, starttls === "required" ? el("required", ns.tls) : undefined),
  },
  {
    name: "mechanisms", // RFC 6120 §6.3.3; EXTERNAL is the only one of use between servers (XEP-0178)
    ns: ns.sasl,
    read: (element, features) => ({
      ...features,
      external: elements(element).some((each) => each.name === "mechanism" && textOf(each).trim() === "EXTERNAL"),
    }),
    offer: ({ external }) =>
      external ? el("mechanisms", ns.sasl, {}, el("mechanism", ns.sasl, {}, "EXTERNAL")) : undefined,
  },
  {
    name: "dialback", // XEP-0220 §2.4
    ns: ns.dialbackFeature,
    read: (element, features) => ({
      ...features,
      dialback: child(element, "errors", ns.dialbackFeature) === undefined ? "plain" : "errors",
    }),
    offer: ({ dialback }) =>
      dialback === "no"
        ? undefined
        : el("dialback", ns.dialbackFeature, {}, dialback === "errors" ? el("errors", ns.dialbackFeature) : undefined),
  },
  {
    name: "sm", // XEP-0198 §3
    ns: ns.sm,
    read: (_, features) => ({ ...features, sm: true }),
    offer: ({ sm }) => (sm ? el("sm", ns.sm) : undefined),
  },
  {
    name: "limits", // XEP-0478
    ns: ns.limits,
    read: (element, features) => ({ ...features, limits: readLimits(element) }),
    offer: ({ limits: { bytesMax, idleSeconds } }) =>
      bytesMax === undefined && idleSeconds === undefined
        ? undefined
        : el(
            "limits",
            ns.limits,
            {},
            bytesMax === undefined ? undefined : el("max-bytes", ns.limits, {}, String(bytesMax)),
            idleSeconds === undefined ? undefined : el("idle-seconds", ns.limits, {}, String(idleSeconds)),
          ),
  },
  {
    name: "bidi", // XEP-0288: neither asked for nor offered; the row is here so that the feature is known
    ns: "urn:xmpp:features:bidi",
    read: (_, features) => features,
    offer: () => undefined,
  },
];

/** Reads <stream:features/>. What is not known is passed over (RFC 6120 §4.3.2). */
export function readFeatures(element: Element): S2sFeatures {
  let features: S2sFeatures = { ...legacyFeatures, dialback: "no" };
  for (const each of elements(element)) {
    const row = rows.find(({ name, ns: space }) => name === each.name && space === each.ns);
    if (row !== undefined) features = row.read(each, features);
  }
  return features;
}

/** The features as an element to write. */
export function featuresElement(features: S2sFeatures): Element {
  return el("features", ns.stream, {}, ...rows.map((row) => row.offer(features)));
}

function readLimits(element: Element): StreamLimits {
  const number = (name: string): number | undefined => {
    const text = textOf(child(element, name, ns.limits)).trim();
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
  };
  return { bytesMax: number("max-bytes"), idleSeconds: number("idle-seconds") };
}
