/** RFC 6120 §8.3.3: the defined conditions of stanza errors. */
export type StanzaCondition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "gone"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "recipient-unavailable"
  | "redirect"
  | "registration-required"
  | "remote-server-not-found"
  | "remote-server-timeout"
  | "resource-constraint"
  | "service-unavailable"
  | "subscription-required"
  | "undefined-condition"
  | "unexpected-request";

/** RFC 6120 §4.9.3: the defined conditions of stream errors. */
export type StreamCondition =
  | "bad-format"
  | "bad-namespace-prefix"
  | "conflict"
  | "connection-timeout"
  | "host-gone"
  | "host-unknown"
  | "improper-addressing"
  | "internal-server-error"
  | "invalid-from"
  | "invalid-namespace"
  | "invalid-xml"
  | "not-authorized"
  | "not-well-formed"
  | "policy-violation"
  | "remote-connection-failed"
  | "reset"
  | "resource-constraint"
  | "restricted-xml"
  | "see-other-host"
  | "system-shutdown"
  | "undefined-condition"
  | "unsupported-encoding"
  | "unsupported-feature"
  | "unsupported-stanza-type"
  | "unsupported-version";

/** RFC 6120 §6.5: the defined conditions of SASL failures. */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "credentials-expired"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "mechanism-too-weak"
  | "not-authorized"
  | "temporary-auth-failure";

/** One row of the fault table. */
export type FaultRow = {
  /** What a stanza's sender is told (RFC 6120 §8.3.3), with the error's type. */
  readonly stanza?: readonly [StanzaCondition, "auth" | "cancel" | "modify" | "wait"];
  /** RFC 6120 §8.3.2: a condition of an extension that stands beside it: its name and namespace. */
  readonly specific?: readonly [name: string, ns: string];
  /** What the stream is closed with (RFC 6120 §4.9.3). */
  readonly stream?: StreamCondition;
  /** What a SASL exchange ends with (RFC 6120 §6.5). */
  readonly sasl?: SaslCondition;
  /** The SIP status a SIP sender gets. */
  readonly sip?: number;
  /** One sentence for the user whose message or request failed. */
  readonly user: string;
  /** What the operator can do about it. */
  readonly advice: string;
  /** Where the rule stands. */
  readonly cite: string;
};

/** A part of the table, checked row by row. */
export type FaultRows = Readonly<Record<string, FaultRow>>;
