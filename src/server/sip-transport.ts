import { asBuffer } from "../base/bytes.ts";
import type { Fault } from "../base/fault.ts";
import { fault } from "../base/fault.ts";
import type { DatagramSocket, Endpoint, Listener } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readMessage } from "../sip/message.ts";
import type { Admission } from "./admission.ts";
import { credentialsFor, sipClientSecurity } from "./link-security.ts";
import type { SipListenerKind } from "./settings.ts";
import { SipConnection } from "./sip-connection.ts";
import { type Flow, type FlowOwner, hostPort, keyOf, type SipTransportName, UdpFlow } from "./sip-flow.ts";
import type { Site } from "./site.ts";

const transportOf: Readonly<Record<SipListenerKind, SipTransportName>> = {
  "sip-udp": "udp",
  "sip-tcp": "tcp",
  "sip-tls": "tls",
  "sip-ws": "ws",
  "sip-wss": "wss",
};

const viaWords: Readonly<Record<SipTransportName, string>> = {
  udp: "UDP",
  tcp: "TCP",
  tls: "TLS",
  ws: "WS",
  wss: "WSS",
};

export function isSipKind(kind: string): kind is SipListenerKind {
  return kind in transportOf;
}

/** Where a request is to go: an address, by one transport. `host`: the name the address was found by, for TLS. */
export type SipHop = Endpoint & { readonly transport: "udp" | "tcp" | "tls"; readonly host: string };

/** All ways SIP comes in and goes out: listeners, UDP sockets, connections by either side (RFC 3261 §18). */
export class SipTransport {
  readonly #site: Site;
  readonly #admission: Admission;
  readonly #owner: FlowOwner;
  readonly #connections = new Set<SipConnection>();
  readonly #sockets = new Set<{ readonly socket: DatagramSocket; readonly viaHead: string }>();
  /** Where connections come in, by transport. */
  readonly #doors = new Map<SipTransportName, Set<Endpoint>>();
  /** Connections we may send on, by where they lead: "tls 192.0.2.7:5061". */
  readonly #outgoing = new Map<string, Set<SipConnection>>();
  readonly #connecting = new Map<string, Promise<Result<Flow>>>();
  readonly #counts = new Map<SipTransportName, number>();

  constructor(site: Site, admission: Admission, owner: FlowOwner) {
    this.#site = site;
    this.#admission = admission;
    this.#owner = owner;
  }

  /** Open connections. */
  get open(): number {
    return this.#connections.size;
  }

  async listen(kind: SipListenerKind, address: string, port: number): Promise<Result<Listener>> {
    const transport = transportOf[kind];
    return transport === "udp" ? this.#datagrams(address, port) : this.#streams(kind, transport, address, port);
  }

  /**
   * A flow to a place: one that stands, or a new one (RFC 3261 §18.1.1, RFC 5923); `beside`: another than these, where fewer than
   * `most` lead there. Fails with sip-send-failed where there is no UDP socket of that family, and with what connecting
   * failed with.
   */
  reach(hop: SipHop, beside: readonly Flow[] = [], most = 1): Promise<Result<Flow>> {
    if (hop.transport === "udp") return Promise.resolve(this.#udpFlow(hop));
    const key = keyOf(hop);
    const all = this.#outgoing.get(key) ?? new Set();
    for (const each of all) if (each.open && !beside.includes(each)) return Promise.resolve(ok(each));
    if (beside.length > 0 && all.size >= most) {
      return Promise.resolve(no(fault("resource-constraint", `connections to ${hostPort(hop)}`)));
    }
    let connecting = this.#connecting.get(key);
    if (connecting === undefined) {
      connecting = this.#connect(hop, key).finally(() => this.#connecting.delete(key));
      this.#connecting.set(key, connecting);
    }
    return connecting;
  }

  /** A connection opened here is of no more use: the next request to that place opens another. */
  hangUp(flow: Flow): void {
    for (const all of this.#outgoing.values()) {
      for (const connection of all) {
        if (connection !== flow) continue;
        all.delete(connection);
        connection.end();
      }
    }
  }

  /** What somebody has proved on their connections counts no more: they are asked again. */
  forget(person: string): void {
    for (const connection of this.#connections) {
      if (connection.person?.text === person) connection.person = undefined;
      connection.others?.delete(person);
    }
  }

  /** Says goodbye: every connection ends, sockets close. */
  end(): void {
    for (const connection of this.#connections) connection.end();
  }

  #udpFlow(hop: SipHop): Result<Flow> {
    const six = hop.address.includes(":");
    for (const { socket, viaHead } of this.#sockets) {
      if (socket.at.address.includes(":") === six) return ok(new UdpFlow(socket, hop, viaHead));
    }
    return no(fault("sip-send-failed", `no UDP socket for ${hostPort(hop)}`));
  }

  async #datagrams(address: string, port: number): Promise<Result<Listener>> {
    const { network, metrics } = this.#site.world;
    let kept: { readonly socket: DatagramSocket; readonly viaHead: string } | undefined;
    const opened = await network.datagrams({
      address,
      port,
      handler: {
        onDatagram: (bytes, from) => {
          if (kept === undefined || isKeepAlive(bytes)) return; // R9
          const flow = new UdpFlow(kept.socket, from, kept.viaHead);
          const { message, fault: wrong } = readMessage(asBuffer(bytes), this.#site.settings.limits);
          if (wrong === undefined && message !== undefined) this.#owner.arrived(flow, message);
          else this.#owner.malformed(flow, wrong ?? fault("sip-malformed", "not SIP"), message);
          // Nobody can be told to wait over UDP.
          this.#site.backlog = undefined;
        },
      },
    });
    if (!opened.ok) return opened;
    const socket = this.#traced(opened.value);
    kept = { socket, viaHead: this.#viaHead("udp", socket.at) };
    this.#sockets.add(kept);
    metrics.series("comity_connections_total", "sip-udp").add(0);
    const own = kept;
    return ok({
      at: socket.at,
      close: async () => {
        this.#sockets.delete(own);
        await socket.close();
      },
    });
  }

  /** The same socket, with an eye on what leaves by it. */
  #traced(socket: DatagramSocket): DatagramSocket {
    const { tracer } = this.#site;
    return {
      at: socket.at,
      receiveBytes: socket.receiveBytes,
      send: (bytes, to) => {
        if (tracer.on) tracer.sip("sent", { key: `udp ${hostPort(to)}` }, bytes);
        socket.send(bytes, to);
      },
      close: () => socket.close(),
    };
  }

  async #streams(
    kind: SipListenerKind,
    transport: Exclude<SipTransportName, "udp">,
    address: string,
    port: number,
  ): Promise<Result<Listener>> {
    const { settings, world } = this.#site;
    const secure = transport === "tls" || transport === "wss";
    const socketWide = transport === "ws" || transport === "wss";
    const opened = await world.network.listen({
      address,
      port,
      accept: (connection) =>
        this.#admission.accept(kind, connection, (gone) => this.#adopt(connection, transport, false, gone)),
      ...(secure
        ? {
            tls: {
              role: "server" as const,
              credentialsFor: (servername: string | undefined) => credentialsFor(this.#site.settings)(servername),
              // Call managers and servers prove themselves by certificate; clients have none and are not held up.
              askCertificate: transport === "tls",
              versionMin: settings.versionMin,
              legacy: settings.sip.legacyTls,
            },
          }
        : {}),
      ...(socketWide ? { webSocket: { subprotocol: "sip", messageBytesMax: settings.limits.sipMessageBytesMax } } : {}),
    });
    if (!opened.ok) return opened;
    const listener = opened.value;
    const doors = this.#doors.get(transport) ?? new Set();
    this.#doors.set(transport, doors.add(listener.at));
    return ok({
      at: listener.at,
      close: () => {
        doors.delete(listener.at);
        return listener.close();
      },
    });
  }

  #adopt(
    connection: ConstructorParameters<typeof SipConnection>[2],
    transport: Exclude<SipTransportName, "udp">,
    outgoing: boolean,
    gone: () => void,
    isSpare = () => false,
  ): SipConnection {
    const made = new SipConnection(this.#site, this.#owner, connection, {
      transport,
      viaHead: this.#viaHead(transport, outgoing ? this.#doorOf(transport, connection.local) : connection.local),
      outgoing,
      isSpare,
      gone: () => {
        this.#connections.delete(made);
        this.#count(transport, -1);
        gone();
      },
    });
    this.#connections.add(made);
    this.#count(transport, 1);
    return made;
  }

  async #connect(hop: SipHop, key: string): Promise<Result<Flow>> {
    const { settings, world } = this.#site;
    const { transport } = hop;
    if (transport === "udp") return this.#udpFlow(hop);
    const connected = await world.network.connect({
      address: hop.address,
      port: hop.port,
      timeoutMs: settings.limits.connectMs,
      ...(transport === "tls"
        ? { tls: { ...sipClientSecurity(settings, hop.host), legacy: settings.sip.legacyTls } }
        : {}),
    });
    if (!connected.ok) return connected;
    const all = this.#outgoing.get(key) ?? new Set();
    const gone = () => {
      all.delete(flow);
      if (all.size === 0) this.#outgoing.delete(key);
    };
    const isSpare = () => all.size > 1 && all.values().next().value !== flow;
    const flow = this.#adopt(connected.value, transport, true, gone, isSpare);
    connected.value.handler = flow;
    flow.admitted = true;
    this.#outgoing.set(key, all.add(flow));
    return ok(flow);
  }

  /**
   * Where those come in whom a connection of ours has told where we are (RFC 3261 §8.1.1.8, §18.1.1): its own port takes nobody
   * else in. The listener of its address, else any, else there is none.
   */
  #doorOf(transport: SipTransportName, from: Endpoint): Endpoint {
    const doors = [...(this.#doors.get(transport) ?? [])];
    const own = doors.find(({ address }) => address === from.address) ?? doors[0];
    return own === undefined ? from : { address: isWild(own) ? from.address : own.address, port: own.port };
  }

  /** RFC 3261 §18.1.1: where answers are to be sent to when the way they came by is gone. */
  #viaHead(transport: SipTransportName, at: Endpoint): string {
    const { advertise } = this.#site.settings.sip;
    const [domain = "localhost"] = this.#site.settings.domains.keys();
    const word = viaWords[transport];
    if (advertise !== undefined) return `SIP/2.0/${word} ${advertise}:${at.port};branch=`;
    if (!isWild(at) && transport !== "tls" && transport !== "wss") return `SIP/2.0/${word} ${hostPort(at)};branch=`;
    // RFC 3263 §4.2, §5: behind a domain without a port its SRV records are looked at, which with one are not.
    const usual = at.port === (transport === "tls" ? 5061 : 5060);
    return `SIP/2.0/${word} ${usual ? domain : `${domain}:${at.port}`};branch=`;
  }

  #count(transport: SipTransportName, change: number): void {
    const now = (this.#counts.get(transport) ?? 0) + change;
    this.#counts.set(transport, now);
    this.#site.world.metrics.series("comity_sip_flows", transport).set(now);
  }
}

function isWild({ address }: Endpoint): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** RFC 5626 §3.5.2 aside, NAT keep-alives are line ends or a few zero bytes. */
function isKeepAlive(bytes: Uint8Array): boolean {
  if (bytes.byteLength > 4) return false;
  for (const byte of bytes) if (byte !== 13 && byte !== 10 && byte !== 0) return false;
  return true;
}

/** What is told to somebody whose message could not be read, when it is a fault of SIP. */
export function isSipFault(why: Fault): boolean {
  return why.code.startsWith("sip-");
}
