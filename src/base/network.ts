import type { Fault } from "./fault.ts";
import type { Result } from "./result.ts";

/** An address and a port: IPv4 or IPv6 in text form, never a name. */
export type Endpoint = { readonly address: string; readonly port: number };

/**
 * A certificate chain with its key, ready for handshakes; made once per certificate, not per connection. `handle` is the
 * platform's own object and means nothing outside the door that made it.
 */
export type Credentials = {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly handle: unknown;
};

/** PEM as it lies in files. */
export type PemIdentity = { readonly certificate: string; readonly key: string };

export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** How to start TLS on a connection. The peer's certificate is never judged here: the chain is handed up. */
export type SecureOptions =
  | {
      readonly role: "server";
      /** Which certificate to show for the name the client asks for by SNI (none: undefined). */
      readonly credentialsFor: (servername: string | undefined) => Credentials | undefined;
      /** Ask the client for its certificate. */
      readonly askCertificate: boolean;
      /** Protocols to accept by ALPN; when the client offers ALPN and none fits, the handshake fails (RFC 7301). */
      readonly alpn?: readonly string[];
      readonly versionMin: TlsVersion;
      /** For peers that know nothing newer than TLS 1.0, its ciphers, and keys as short as theirs: versionMin does not count. */
      readonly legacy?: boolean;
    }
  | {
      readonly role: "client";
      readonly credentials: Credentials | undefined;
      readonly servername: string;
      readonly alpn?: readonly string[];
      readonly versionMin: TlsVersion;
      readonly legacy?: boolean;
    };

/** What a finished handshake says. */
export type TlsFacts = {
  /** "TLSv1.2" or "TLSv1.3". */
  readonly protocol: string;
  readonly cipher: string;
  /** DER, leaf first, as the peer sent it; empty when it sent none. */
  readonly peerChain: readonly Uint8Array[];
  /** DER of the certificate we showed. */
  readonly ownCertificate: Uint8Array | undefined;
  readonly servername: string | undefined;
  readonly alpn: string | undefined;
  /** RFC 9266 tls-exporter value, 32 bytes; undefined below TLS 1.3. */
  readonly exporter: () => Uint8Array | undefined;
};

/** What a connection tells its owner. Calls never overlap, and none comes after onClose. */
export interface ConnectionHandler {
  /** Bytes as they came. They stay valid; the door does not use the memory again. */
  onData(bytes: Uint8Array): void;
  /** The handshake asked for by `secure` (or by a TLS listener) is done. */
  onSecure(facts: TlsFacts): void;
  /** Everything written has been taken by the system; comes only after `queuedBytes` was above zero at the end of a turn. */
  onDrain(): void;
  /** The peer will send no more. The owner may still write; it usually ends. */
  onEnd(): void;
  /** It is over. With a fault when it did not end in order. */
  onClose(why: Fault | undefined): void;
}

/**
 * One connection. Writes of one turn of the event loop leave together, as one TLS record and one system call.
 */
export interface Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly tls: TlsFacts | undefined;
  /** Bytes written but not yet taken by the system: what back-pressure looks at. */
  readonly queuedBytes: number;
  handler: ConnectionHandler;
  /** Queues bytes. The memory belongs to the connection from now on: do not change it. */
  write(bytes: Uint8Array): void;
  /** The same for text, as UTF-8. */
  writeText(text: string): void;
  /** Sends now what is queued instead of at the end of the turn. */
  flush(): void;
  /** Stops and starts reading: back-pressure towards the peer. */
  pause(): void;
  resume(): void;
  /** Starts TLS in place (STARTTLS). What was written before goes out in the clear first. */
  secure(options: SecureOptions): void;
  /** Sends what is queued, then closes our direction. */
  end(): void;
  /** Closes at once, both ways; what is queued is lost. */
  destroy(): void;
}

export interface Listener {
  readonly at: Endpoint;
  /** Accepts no more; open connections live on. */
  close(): Promise<void>;
}

export type ListenOptions = {
  readonly address: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** Handshake first (direct TLS); without it the connection starts in the clear. */
  readonly tls?: SecureOptions & { readonly role: "server" };
  /**
   * WebSocket over what the connection is (RFC 6455): the opening handshake is answered for this subprotocol alone, and
   * from then on each onData is one whole message and each write is sent as one, as text where it is UTF-8. `accept` is
   * asked before the handshake; a WebSocket has no half close, so onEnd is never said.
   */
  readonly webSocket?: { readonly subprotocol: string; readonly messageBytesMax: number };
  /** Each new connection; returns its handler, or undefined to refuse it at once. */
  readonly accept: (connection: Connection) => ConnectionHandler | undefined;
};

export type ConnectOptions = Endpoint & {
  readonly localAddress?: string;
  readonly timeoutMs: number;
  /** Handshake first (direct TLS). */
  readonly tls?: SecureOptions & { readonly role: "client" };
};

/** What a datagram socket tells its owner. */
export interface DatagramHandler {
  /** One datagram as it came; the door does not use the memory again. */
  onDatagram(bytes: Uint8Array, from: Endpoint): void;
}

/** One UDP socket. Sending never fails to the caller: datagrams may be lost anywhere. */
export interface DatagramSocket {
  readonly at: Endpoint;
  /** Bytes of datagrams the system keeps until they are read; what comes beyond is lost. */
  readonly receiveBytes: number;
  /** The memory belongs to the socket from now on: do not change it. */
  send(bytes: Uint8Array, to: Endpoint): void;
  close(): Promise<void>;
}

export type DatagramOptions = {
  readonly address: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly handler: DatagramHandler;
};

/** The door to the network. */
export interface Network {
  listen(options: ListenOptions): Promise<Result<Listener>>;
  /** Connects (and shakes hands where `tls` is given); the caller sets `handler` before it awaits anything else. */
  connect(options: ConnectOptions): Promise<Result<Connection>>;
  /** Opens a UDP socket. Fails with listen-failed. */
  datagrams(options: DatagramOptions): Promise<Result<DatagramSocket>>;
  /** Reads PEM into credentials; fails with cert-unreadable, naming why. */
  credentials(pem: PemIdentity): Result<Credentials>;
}
