import { type Element, el } from "../xml/element.ts";
import { write } from "../xml/writer.ts";
import { ns } from "./ns.ts";
import type { BindingType } from "./sasl-channel-binding.ts";

/** What a stream has reached, as bits. */
export const has = { secure: 1, authenticated: 2, bound: 4, managed: 8 } as const;

export type Bits = number;

/** What features depend on besides the bits. */
export type Facts = {
  readonly tls: "none" | "optional" | "required";
  /** Ways to sign in that can be offered now, strongest first. */
  readonly mechanisms: readonly string[];
  readonly bindingTypes: readonly BindingType[];
  /** Stream management is to be had. */
  readonly sm: boolean;
  /** XEP-0478. */
  readonly bytesMax: number;
  readonly idleSeconds: number;
};

/** A stream feature (RFC 6120 §4.3.2): when it is offered, and what it brings. The order falls out of this. */
export type FeatureRow = {
  readonly name: string;
  readonly ns: string;
  readonly needs: (facts: Facts) => Bits;
  readonly forbids: Bits;
  /** What it brings, once negotiated; nothing for those that only tell. */
  readonly grants: Bits;
  /** The feature as told; undefined when the facts do not allow it. */
  readonly tell: (facts: Facts) => Element | undefined;
};

/** RFC 6120 §5.3.1: when TLS is required, nothing else is to be had before it. */
const signInNeeds = ({ tls }: Facts): Bits => (tls === "required" ? has.secure : 0);
const authenticated = () => has.authenticated;

/** A client's features, in the order of XEP-0170 §2. */
export const clientFeatures: readonly FeatureRow[] = [
  {
    name: "starttls", // RFC 6120 §5
    ns: ns.tls,
    needs: () => 0,
    forbids: has.secure | has.authenticated,
    grants: has.secure,
    tell: ({ tls }) =>
      tls === "none" ? undefined : el("starttls", ns.tls, {}, tls === "required" ? el("required", ns.tls) : undefined),
  },
  {
    name: "mechanisms", // RFC 6120 §6.3.3
    ns: ns.sasl,
    needs: signInNeeds,
    forbids: has.authenticated,
    grants: has.authenticated,
    tell: ({ mechanisms }) =>
      mechanisms.length === 0
        ? undefined
        : el("mechanisms", ns.sasl, {}, ...mechanisms.map((name) => el("mechanism", ns.sasl, {}, name))),
  },
  {
    name: "sasl-channel-binding", // XEP-0440 §2
    ns: ns.saslCb,
    needs: () => has.secure,
    forbids: has.authenticated,
    grants: 0,
    tell: ({ bindingTypes }) =>
      bindingTypes.length === 0
        ? undefined
        : el(
            "sasl-channel-binding",
            ns.saslCb,
            {},
            ...bindingTypes.map((type) => el("channel-binding", ns.saslCb, { type })),
          ),
  },
  {
    name: "bind", // RFC 6120 §7
    ns: ns.bind,
    needs: authenticated,
    forbids: has.bound,
    grants: has.bound,
    tell: () => el("bind", ns.bind, {}, el("required", ns.bind)),
  },
  {
    name: "session", // RFC 3921 §3, of no use any more, but old clients look for it
    ns: ns.session,
    needs: authenticated,
    forbids: has.bound,
    grants: 0,
    tell: () => el("session", ns.session, {}, el("optional", ns.session)),
  },
  {
    name: "sm", // XEP-0198 §2
    ns: ns.sm,
    needs: authenticated,
    forbids: has.managed,
    grants: has.managed,
    tell: ({ sm }) => (sm ? el("sm", ns.sm) : undefined),
  },
  {
    name: "ver", // RFC 6121 §2.6.1
    ns: ns.rosterVersions,
    needs: authenticated,
    forbids: 0,
    grants: 0,
    tell: () => el("ver", ns.rosterVersions),
  },
  {
    name: "sub", // RFC 6121 §3.4.1
    ns: ns.preApproval,
    needs: authenticated,
    forbids: 0,
    grants: 0,
    tell: () => el("sub", ns.preApproval),
  },
  {
    name: "limits", // XEP-0478 §2
    ns: ns.limits,
    needs: authenticated,
    forbids: 0,
    grants: 0,
    tell: ({ bytesMax, idleSeconds }) =>
      el(
        "limits",
        ns.limits,
        {},
        el("max-bytes", ns.limits, {}, String(bytesMax)),
        el("idle-seconds", ns.limits, {}, String(idleSeconds)),
      ),
  },
];

/** Whether a feature is on offer to a stream that has these bits. */
export function isOffered(row: FeatureRow, bits: Bits, facts: Facts): boolean {
  const needs = row.needs(facts);
  return (bits & needs) === needs && (bits & row.forbids) === 0 && row.tell(facts) !== undefined;
}

/** Whether something of this namespace may be negotiated now: on offer, and more than told. */
export function mayNegotiate(rows: readonly FeatureRow[], space: string, bits: Bits, facts: Facts): boolean {
  return rows.some((row) => row.ns === space && row.grants !== 0 && isOffered(row, bits, facts));
}

/** <stream:features/> for a stream that has these bits. */
export function featuresText(rows: readonly FeatureRow[], bits: Bits, facts: Facts): string {
  const offered = rows.filter((row) => isOffered(row, bits, facts)).map((row) => row.tell(facts));
  return write(el("features", ns.stream, {}, ...offered), ns.client, { [ns.stream]: "stream" });
}
