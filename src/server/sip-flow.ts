import type { Address } from "../base/address.ts";
import type { Fault } from "../base/fault.ts";
import type { DatagramSocket, Endpoint, TlsFacts } from "../base/network.ts";
import type { SipMessage } from "../sip/message.ts";

export type SipTransportName = "udp" | "tcp" | "tls" | "ws" | "wss";

/**
 * Where SIP messages go to and come from: one connection, or one UDP address seen from one of our sockets (RFC 5626 §3.1).
 * Dialogs and bindings are never keyed by it; it is only the way of the moment.
 */
export interface Flow {
  readonly transport: SipTransportName;
  /** Nothing is lost while it stands, so nothing is sent twice (RFC 3261 §17). */
  readonly reliable: boolean;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** "tls 192.0.2.7:5061": where it leads (`keyOf`). */
  readonly place: string;
  readonly tls: TlsFacts | undefined;
  /** False once its connection is gone; UDP is always open. */
  readonly open: boolean;
  /** What our own Via says before its branch: "SIP/2.0/TLS sip.ours.example:5061;branch=". */
  readonly viaHead: string;
  /** What it says after it: ";rport" over UDP (RFC 3581). */
  readonly viaTail: string;
  /** Bytes that wait because the other side reads slowly. */
  readonly queuedBytes: number;
  /** Who proved last, on this connection, to be this person; over UDP each request proves it anew. */
  person: Address | undefined;
  /** Those who did so before: a proxy, or a client with several accounts, speaks for all of them. */
  others: Set<string> | undefined;
  /** Somebody has proved something on it, a person or a call manager: it may stay. */
  admitted: boolean;
  /** Transactions of the other side under way on it. */
  underWay: number;
  /** Requests of ours under way on it. */
  asked: number;
  /** How many messages have come by it; over UDP nobody counts. */
  heard: number;
  /** The memory belongs to the flow from now on. */
  send(bytes: Uint8Array): void;
}

/** Who hears what comes by flows. */
export interface FlowOwner {
  arrived(flow: Flow, message: SipMessage): void;
  /** A message that cannot be read, as far as it could be; only its frame was sound. */
  malformed(flow: Flow, why: Fault, message: SipMessage | undefined): void;
  /** A connection is gone: what was under way on it has failed. */
  closed(flow: Flow): void;
}

/** One UDP address seen from one socket. Made for each datagram, kept by those who want to answer later. */
export class UdpFlow implements Flow {
  readonly transport = "udp";
  readonly reliable = false;
  readonly open = true;
  readonly tls = undefined;
  readonly queuedBytes = 0;
  readonly viaTail = ";rport";
  readonly remote: Endpoint;
  readonly viaHead: string;
  person: Address | undefined;
  readonly others = undefined;
  admitted = false;
  underWay = 0;
  asked = 0;
  heard = 0;
  readonly #socket: DatagramSocket;

  constructor(socket: DatagramSocket, remote: Endpoint, viaHead: string) {
    this.#socket = socket;
    this.remote = remote;
    this.viaHead = viaHead;
  }

  get local(): Endpoint {
    return this.#socket.at;
  }

  get place(): string {
    return keyOf(placeOf(this));
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.remote);
  }
}

/** "192.0.2.7:5060", "[2001:db8::7]:5060": an address as Via and Contact have it. */
export function hostPort({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Where requests go: a server, as far as its clients know it. */
export type Place = Endpoint & { readonly transport: SipTransportName };

/** "tls 192.0.2.7:5061": a place, by whatever name it was found. */
export function keyOf(place: Place): string {
  return `${place.transport} ${hostPort(place)}`;
}

/** The place a flow leads to. */
export function placeOf({ transport, remote }: Pick<Flow, "transport" | "remote">): Place {
  return { transport, address: remote.address, port: remote.port };
}

/** Whether two flows lead over the same transport to the same address, now. */
export function sameWay(a: Flow, b: Flow): boolean {
  return (
    a === b ||
    (a.transport === "udp" &&
      b.transport === "udp" &&
      a.remote.port === b.remote.port &&
      a.remote.address === b.remote.address &&
      a.local.port === b.local.port)
  );
}
