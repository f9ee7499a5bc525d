import { createHash } from "node:crypto";
import type { Credentials, SecureOptions, TlsFacts } from "../base/network.ts";

/** What two simulated ends say to each other instead of TLS records. */
export type TlsMessage =
  | {
      readonly kind: "client-hello";
      readonly random: Uint8Array;
      readonly servername: string | undefined;
      readonly alpn: readonly string[] | undefined;
    }
  | {
      readonly kind: "server-hello";
      readonly random: Uint8Array;
      readonly chain: readonly Uint8Array[];
      readonly alpn: string | undefined;
      readonly asks: boolean;
    }
  | { readonly kind: "finished"; readonly chain: readonly Uint8Array[] }
  | { readonly kind: "alert"; readonly reason: string };

/** What one end does about a message: say something, be done, or give up. */
export type TlsStep = { readonly say?: TlsMessage; readonly facts?: TlsFacts; readonly failed?: string };

/**
 * One end of a pretended handshake, shaped like TLS 1.3: hello, hello with chain, finished with chain. Nothing is
 * encrypted or signed; certificates, SNI, ALPN and exporter values come out as real ones would.
 */
export class TlsHandshake {
  readonly #options: SecureOptions;
  readonly #random: Uint8Array;
  #peerHello: (TlsMessage & { readonly kind: "client-hello" }) | undefined;
  #shown: Credentials | undefined;
  #alpn: string | undefined;

  constructor(options: SecureOptions, random: Uint8Array) {
    this.#options = options;
    this.#random = random;
  }

  /** What to say before anything has come. */
  begin(): TlsMessage | undefined {
    const { role } = this.#options;
    if (role === "server") return undefined;
    const { servername, alpn } = this.#options;
    // RFC 6066 §3: a literal address is not sent as server name.
    const isName = servername !== "" && !/^[\d.]+$|:/.test(servername);
    return { kind: "client-hello", random: this.#random, servername: isName ? servername : undefined, alpn };
  }

  on(message: TlsMessage): TlsStep {
    if (message.kind === "alert") return { failed: `alert: ${message.reason}` };
    if (this.#options.role === "client") return this.#asClient(message, this.#options);
    return this.#asServer(message, this.#options);
  }

  #asServer(message: TlsMessage, options: SecureOptions & { role: "server" }): TlsStep {
    if (message.kind === "client-hello" && this.#peerHello === undefined) {
      this.#peerHello = message;
      this.#shown = options.credentialsFor(message.servername);
      if (this.#shown === undefined) return refusal("no certificate for that name");
      if (options.alpn !== undefined && message.alpn !== undefined) {
        this.#alpn = options.alpn.find((own) => message.alpn?.includes(own));
        if (this.#alpn === undefined) return refusal("no application protocol"); // RFC 7301 §3.2
      }
      const { chain } = this.#shown;
      return {
        say: { kind: "server-hello", random: this.#random, chain, alpn: this.#alpn, asks: options.askCertificate },
      };
    }
    if (message.kind === "finished" && this.#peerHello !== undefined) {
      const { servername, random } = this.#peerHello;
      return { facts: this.#facts(message.chain, servername, random, this.#random, this.#shown?.chain ?? []) };
    }
    return refusal("unexpected message");
  }

  #asClient(message: TlsMessage, options: SecureOptions & { role: "client" }): TlsStep {
    if (message.kind !== "server-hello") return refusal("unexpected message");
    this.#shown = options.credentials;
    this.#alpn = message.alpn;
    return {
      say: { kind: "finished", chain: message.asks ? (options.credentials?.chain ?? []) : [] },
      facts: this.#facts(message.chain, options.servername, this.#random, message.random, message.chain),
    };
  }

  #facts(
    peerChain: readonly Uint8Array[],
    servername: string | undefined,
    clientRandom: Uint8Array,
    serverRandom: Uint8Array,
    serverChain: readonly Uint8Array[],
  ): TlsFacts {
    const exported = createHash("sha256").update(clientRandom).update(serverRandom);
    for (const certificate of serverChain) exported.update(certificate);
    const value = new Uint8Array(exported.digest());
    return {
      protocol: "TLSv1.3",
      cipher: "TLS_AES_128_GCM_SHA256",
      peerChain,
      ownCertificate: this.#shown?.chain[0],
      servername,
      alpn: this.#alpn,
      exporter: () => value.slice(),
    };
  }
}

function refusal(reason: string): TlsStep {
  return { say: { kind: "alert", reason }, failed: reason };
}
