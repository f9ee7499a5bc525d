export type Transport = "udp" | "tcp" | "tls";

/** The SIP half of the bench: sip-WHAT-TRANSPORT, and how many are in flight for each pair. */
export const sipWorkloads = {
  "sip-floor-udp-w1":
    "bare UDP relay, a datagram like a MESSAGE there and one like its 200 back, one in flight per pair",
  "sip-floor-udp-w8": "the same, eight in flight",
  "sip-floor-udp-in": "bare UDP socket: datagrams like a MESSAGE in, one small one out for every eight",
  "sip-floor-udp-out": "the other way: eight out for each small one in",
  "sip-floor-tcp-w1": "bare TCP relay that finds line ends, the same sizes, one in flight per pair",
  "sip-floor-tcp-w8": "the same, eight in flight",
  "sip-floor-tls-w1": "the same over TLS, one in flight per pair",
  "sip-floor-tls-w8": "the same, eight in flight",
  "sip-floor-udp-answer":
    "bare UDP server: a datagram like a request in, one like its answer back, one in flight per user",
  "sip-floor-tcp-answer": "bare TCP server that finds line ends, the same sizes, one in flight per user",
  "sip-floor-tls-answer": "the same over TLS",
  "sip-message-udp-w1": "MESSAGE between two registered users until its 200 is back, one in flight per pair, over UDP",
  "sip-message-udp-w8": "the same, eight in flight",
  "sip-message-tcp-w1": "over TCP, one in flight",
  "sip-message-tcp-w8": "the same, eight in flight",
  "sip-message-tls-w1": "over TLS, one in flight",
  "sip-message-tls-w8": "the same, eight in flight",
  "sip-publish-udp": "PUBLISH to 20 watchers, per NOTIFY, over UDP",
  "sip-publish-tcp": "over TCP",
  "sip-publish-tls": "over TLS",
  "sip-alone-udp": "PUBLISH that nobody watches, over UDP",
  "sip-alone-tcp": "over TCP",
  "sip-alone-tls": "over TLS",
  "sip-register-udp": "REGISTER with digest, refreshed over and over, over UDP",
  "sip-register-tcp": "over TCP",
  "sip-register-tls": "over TLS",
  "sip-to-xmpp-tls-w1": "MESSAGE over TLS to a user who is on XMPP, one in flight per pair",
  "sip-to-xmpp-tls-w8": "the same, eight in flight",
  "sip-idle-tls": "memory of idle TLS connections, registered",
} as const;

export type SipWorkload = keyof typeof sipWorkloads;

export type SipKind = "floor" | "message" | "publish" | "alone" | "register" | "to-xmpp" | "idle";

export type SipLoad = {
  readonly kind: SipKind;
  readonly transport: Transport;
  /** "w1" and "w8"; "in" and "out" for the bare UDP socket, "answer" for the bare server; "" otherwise. */
  readonly form: string;
};

export function isSip(workload: string): workload is SipWorkload {
  return workload in sipWorkloads;
}

/** The parts of a workload's name. */
export function sipLoad(workload: SipWorkload): SipLoad {
  const [, kind = "", transport = "", form = ""] = /^sip-(.+)-(udp|tcp|tls)(?:-(\w+))?$/.exec(workload) ?? [];
  return { kind: kind as SipKind, transport: transport as Transport, form };
}

/**
 * The floor a workload is compared with; undefined for those that have none. What takes one request and gives one answer has
 * the bare server that does just that; a NOTIFY has it too, for which a request goes out and an answer comes in.
 */
export function sipFloorOf(workload: SipWorkload): SipWorkload | undefined {
  const { kind, transport, form } = sipLoad(workload);
  if (kind === "floor" || kind === "idle") return undefined;
  const relays = kind === "message" || kind === "to-xmpp";
  return `sip-floor-${transport}-${relays ? form : "answer"}` as SipWorkload;
}

/** The workload of Kamailio a workload is compared with: it has no XMPP, so that is held against its plain relay. */
export function sipRivalOf(workload: SipWorkload): SipWorkload {
  const { kind, transport, form } = sipLoad(workload);
  return kind === "to-xmpp" ? (`sip-message-${transport}-${form}` as SipWorkload) : workload;
}

/** What Comity's server CPU per unit is to be, as a multiple of Kamailio's in the same run. */
export function sipGoal(workload: SipWorkload): number | undefined {
  const { kind, transport } = sipLoad(workload);
  if (kind === "message") return { udp: 1, tcp: 0.5, tls: 0.45 }[transport];
  return { publish: 0.7, alone: 0.8, register: 1.2, "to-xmpp": 0.5, floor: undefined, idle: undefined }[kind];
}

/** Where SIP servers listen (RFC 3261 §18.1.1, §26.2.1). */
export function sipPort(workload: SipWorkload): number {
  return sipLoad(workload).transport === "tls" ? 5061 : 5060;
}
