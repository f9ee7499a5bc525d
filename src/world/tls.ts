import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { fault } from "../base/fault.ts";
import type { Credentials, PemIdentity, SecureOptions, TlsFacts, TlsVersion } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";

/**
 * RFC 7590, RFC 9325 §4.2: forward secrecy and authenticated encryption only. The order prefers AES-128 because it is the
 * cheapest where the processor helps; all of them are sound.
 */
const ciphers = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** One OpenSSL context per certificate and lowest version: making one costs far more than a handshake should. */
class Contexts {
  readonly #pem: PemIdentity | undefined;
  readonly #made = new Map<TlsVersion, SecureContext>();

  constructor(pem: PemIdentity | undefined) {
    this.#pem = pem;
  }

  for(versionMin: TlsVersion): SecureContext {
    let context = this.#made.get(versionMin);
    if (context === undefined) {
      const identity = this.#pem === undefined ? {} : { cert: this.#pem.certificate, key: this.#pem.key };
      // No `ca`: the peer's certificate is judged by pki/, so OpenSSL needs no roots here.
      context = createSecureContext({ ...identity, minVersion: versionMin, ciphers, honorCipherOrder: true, ca: [] });
      this.#made.set(versionMin, context);
    }
    return context;
  }
}

const anonymous = new Contexts(undefined);

function contextsOf(credentials: Credentials | undefined): Contexts {
  return credentials?.handle instanceof Contexts ? credentials.handle : anonymous;
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Reads a PEM chain (leaf first) and its key; fails when they do not belong together. */
export function readCredentials(pem: PemIdentity): Result<Credentials> {
  try {
    const chain = (pem.certificate.match(pemBlock) ?? []).map((block) => new X509Certificate(block).raw);
    const contexts = new Contexts(pem);
    contexts.for("TLSv1.2");
    if (chain.length === 0) return no(fault("cert-unreadable", "no certificate in the file"));
    return ok({ chain, handle: contexts });
  } catch (error) {
    return no(fault("cert-unreadable", error instanceof Error ? error.message : ""));
  }
}

/** Starts TLS over a connected socket; `secured` is called once, when the handshake is done. */
export function startTls(plain: Socket, options: SecureOptions, secured: (facts: TlsFacts) => void): TLSSocket {
  if (options.role === "client") {
    const socket = connect({
      socket: plain,
      secureContext: contextsOf(options.credentials).for(options.versionMin),
      rejectUnauthorized: false,
      // RFC 6066 §3: no literal addresses in SNI.
      ...(isIP(options.servername) === 0 ? { servername: options.servername } : {}),
      ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
    });
    socket.once("secureConnect", () => secured(factsOf(socket, options.credentials, options.servername, true)));
    return socket;
  }
  let shown = options.credentialsFor(undefined);
  const socket = new TLSSocket(plain, {
    isServer: true,
    secureContext: contextsOf(shown).for(options.versionMin),
    SNICallback(servername, answer) {
      shown = options.credentialsFor(servername) ?? shown;
      answer(null, contextsOf(shown).for(options.versionMin));
    },
    requestCert: options.askCertificate,
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
  } as ConstructorParameters<typeof TLSSocket>[1]);
  socket.once("secure", () => {
    const { servername } = socket as { servername?: string | false };
    secured(factsOf(socket, shown, servername === false ? undefined : servername, options.askCertificate));
  });
  return socket;
}

function factsOf(
  socket: TLSSocket,
  own: Credentials | undefined,
  servername: string | undefined,
  peerAsked: boolean,
): TlsFacts {
  const protocol = socket.getProtocol() ?? "";
  return {
    protocol,
    cipher: socket.getCipher().standardName ?? socket.getCipher().name,
    peerChain: peerAsked ? chainOf(socket.getPeerX509Certificate()) : [],
    ownCertificate: own?.chain[0],
    servername,
    alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : undefined,
    // RFC 9266 §4.2: below TLS 1.3 the exporter binds nothing unless the extended master secret is known to be in use.
    exporter: () =>
      protocol === "TLSv1.3" ? socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0)) : undefined,
  };
}

/** What the peer sent, leaf first; a peer may send its own root, which points at itself. */
function chainOf(leaf: X509Certificate | undefined): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let each = leaf; each !== undefined && chain.length < 10; each = each.issuerCertificate) {
    if (chain.some((known) => Buffer.compare(known, each?.raw ?? known) === 0)) break;
    chain.push(each.raw);
  }
  return chain;
}
