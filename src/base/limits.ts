/**
 * Every limit by name, with its unit, and what it is when the configuration says nothing. `limits:` in comity.yaml sets
 * any of them; docs/OPERATE.md lists them from here.
 */
export const limitTable = {
  stanzaBytesMax: [262_144, "bytes of one stanza from a signed-in client or a proved server"],
  stanzaBytesUnauthMax: [16_384, "bytes of one element before sign-in"],
  xmlDepthMax: [64, "levels of nesting in one stanza"],
  xmlAttributesMax: [64, "attributes of one element"],
  xmlNameBytesMax: [1024, "bytes of one element or attribute name"],
  xmlPrefixesMax: [128, "namespace prefixes declared in one stanza and in force at once"],
  connectionsMax: [20_000, "connections open at once, all listeners together"],
  connectionsPerAddressMax: [1_000, "connections open at once from one address"],
  unauthenticatedMs: [30_000, "milliseconds a client or server has to sign in"],
  tlsHandshakeMs: [10_000, "milliseconds for one TLS handshake"],
  certificateBytesMax: [65_536, "bytes of one certificate of a peer"],
  certificateChainMax: [10, "certificates of a peer's chain that are looked at, and of a path to a trusted one"],
  certificateSignaturesMax: [32, "signatures checked to judge one chain"],
  saslTriesMax: [5, "failed sign-ins on one connection"],
  saslTriesPerAddressPerMinuteMax: [60, "failed sign-ins per minute from one address"],
  sessionsPerUserMax: [20, "devices signed in to one account at once"],
  resourceBytesMax: [1023, "bytes of a resource name"],
  idleClientMs: [900_000, "milliseconds of silence before a client is asked whether it lives"],
  idleClientGraceMs: [60_000, "milliseconds it has to answer"],
  idleLinkMs: [840_000, "milliseconds of silence before a server link is closed"],
  keepaliveLinkMs: [300_000, "milliseconds of silence before a whitespace keep-alive goes out on a server link"],
  outputBytesMax: [4_194_304, "bytes waiting for one slow reader before it is cut off"],
  outputPauseBytes: [262_144, "bytes waiting for one slow reader before its senders are read no further"],
  slowReaderMs: [10_000, "milliseconds a slow reader may hold up its senders before it is cut off"],
  resumeMs: [300_000, "milliseconds a broken session may be resumed"],
  unackedStanzasMax: [5_000, "stanzas sent to one device and not acknowledged"],
  settleMs: [20_000, "milliseconds a device has to acknowledge a message before it is also stored"],
  offlineMessagesMax: [1_000, "messages kept for one absent person"],
  rosterItemsMax: [5_000, "contacts of one person"],
  rosterNameBytesMax: [1_023, "bytes of a contact's name or group"],
  rosterGroupsMax: [64, "groups one contact is in"],
  directedPresenceMax: [1_000, "addresses one device has sent directed presence to"],
  linkQueueBytesMax: [4_194_304, "bytes waiting for one foreign domain"],
  linkQueueStanzasMax: [10_000, "stanzas waiting for one foreign domain"],
  linksMax: [10_000, "server links at once"],
  domainsPerLinkMax: [1_000, "domain pairs proved on one link"],
  connectMs: [10_000, "milliseconds to connect to one address"],
  linkSetupMs: [30_000, "milliseconds from first byte to proved link, over all addresses of a domain"],
  dialbackMs: [30_000, "milliseconds to wait for a dialback verdict"],
  retryFirstMs: [2_000, "milliseconds before a failed domain is tried again, at first"],
  retryMostMs: [300_000, "milliseconds before a failed domain is tried again, at most"],
  closeMs: [5_000, "milliseconds to wait for the peer's closing tag"],
  drainMs: [10_000, "milliseconds a stopping node gives its connections"],
  dnsQueryMs: [2_000, "milliseconds for one DNS question to one server"],
  dnsTriesMax: [3, "DNS servers asked, or times one is asked, per question"],
  dnsQuestionsAtOnceMax: [200, "DNS questions on the wire at once; others wait their turn"],
  dnsCacheEntriesMax: [10_000, "DNS answers kept"],
  dnsCacheSecondsMax: [3_600, "seconds a DNS answer is kept at most, whatever its TTL says"],
  hashingAtOnceMax: [8, "password derivations under way at once"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type LimitName = keyof typeof limitTable;
export type Limits = Readonly<Record<LimitName, number>>;

/** The defaults, with some of them set otherwise. */
export function limitsWith(changes: Partial<Limits> = {}): Limits {
  const defaults = Object.fromEntries(Object.entries(limitTable).map(([name, [value]]) => [name, value]));
  return { ...(defaults as Limits), ...changes };
}
