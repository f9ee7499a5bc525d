/**
 * What two XMPP servers arrive at, given how each is set up: the decision table of A.6 as data. The planner and the
 * troubleshooter read it; a play holds that the stream machines come to the same answer in every cell.
 */
export type Side = {
  readonly tls: "none" | "optional" | "required";
  /** What the other side will think of this side's certificate. */
  readonly certificate: "missing" | "invalid" | "valid";
  /** Refuses a certificate that is shown and does not prove the domain. */
  readonly strict: boolean;
  readonly dialback: boolean;
};

/** How the initiating side's stanzas may travel in the end; "none" when no link comes about. */
export type Outcome = "none" | "plain+dialback" | "tls+dialback" | "tls+external";

type Row = {
  readonly when: (initiator: Side, receiver: Side) => boolean;
  /** A dialback outcome holds only if both sides do dialback, and is "none" otherwise. */
  readonly outcome: Outcome;
  readonly why: string;
};

/** The first row that fits decides. */
export const decisions: readonly Row[] = [
  {
    when: (a, b) => (a.tls === "required" && b.tls === "none") || (a.tls === "none" && b.tls === "required"),
    outcome: "none",
    why: "one side requires TLS and the other has it switched off",
  },
  {
    when: (a, b) => a.tls === "none" || b.tls === "none",
    outcome: "plain+dialback",
    why: "one side has TLS switched off",
  },
  {
    when: (a, b) => b.certificate === "missing" && (a.tls === "required" || b.tls === "required"),
    outcome: "none",
    why: "TLS is required and the receiving side has no certificate to start it with",
  },
  {
    when: (_, b) => b.certificate === "missing",
    outcome: "plain+dialback",
    why: "the receiving side has no certificate to start TLS with",
  },
  {
    when: (a, b) => b.certificate === "invalid" && a.strict,
    outcome: "none",
    why: "the initiating side insists on a certificate that proves the receiving domain",
  },
  {
    // A.6 has this row only for receivers whose own certificate is good, but no receiver knows what others think of it.
    when: (a, b) => a.certificate === "invalid" && b.strict,
    outcome: "none",
    why: "the receiving side refuses the initiating side's certificate",
  },
  {
    when: (_, b) => b.certificate === "invalid",
    outcome: "tls+dialback",
    why: "the receiving side's certificate encrypts but does not prove its domain",
  },
  {
    when: (a) => a.certificate === "missing",
    outcome: "tls+dialback",
    why: "the initiating side shows no certificate",
  },
  {
    when: (a) => a.certificate === "invalid",
    outcome: "tls+dialback",
    why: "the initiating side's certificate does not prove its domain",
  },
  { when: () => true, outcome: "tls+external", why: "both certificates prove their domains" },
];

/** What the two sides arrive at when `initiator` opens the stream, and why in words for the operator. */
export function decide(initiator: Side, receiver: Side): { readonly outcome: Outcome; readonly why: string } {
  for (const { when, outcome, why } of decisions) {
    if (!when(initiator, receiver)) continue;
    const needsDialback = outcome === "plain+dialback" || outcome === "tls+dialback";
    return needsDialback && !(initiator.dialback && receiver.dialback)
      ? { outcome: "none", why: `${why}, and dialback is not allowed on both sides` }
      : { outcome, why };
  }
  throw new Error("the last row of the decision table fits everything");
}
