import { constants, X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
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

/**
 * What servers of 2007 know (RFC 5246 §A.5, RFC 4492): no forward secrecy with RSA key exchange, and CBC with SHA-1. OpenSSL
 * has TLS 1.0 on security level 0 alone. Who knows better still gets the better ones, which stand first.
 */
const legacyCiphers = [
  ciphers,
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES128-SHA",
  "AES256-SHA",
  "@SECLEVEL=0",
].join(":");

/** How old a TLS is spoken. */
type Profile = TlsVersion | "legacy";

function profileOf({ versionMin, legacy }: SecureOptions): Profile {
  return legacy === true ? "legacy" : versionMin;
}

/** One OpenSSL context per certificate and profile: making one costs far more than a handshake should. */
class Contexts {
  readonly #pem: PemIdentity | undefined;
  readonly #made = new Map<Profile, SecureContext>();

  constructor(pem: PemIdentity | undefined) {
    this.#pem = pem;
  }

  for(profile: Profile): SecureContext {
    let context = this.#made.get(profile);
    if (context === undefined) {
      const identity = this.#pem === undefined ? {} : { cert: this.#pem.certificate, key: this.#pem.key };
      // No `ca`: the peer's certificate is judged by pki/, so OpenSSL needs no roots here.
      context = createSecureContext({ ...identity, ...how(profile), honorCipherOrder: true, ca: [] });
      this.#made.set(profile, context);
    }
    return context;
  }
}

function how(profile: Profile): SecureContextOptions {
  if (profile !== "legacy") return { minVersion: profile, ciphers };
  // RFC 5746 came in 2010: a server from before it is spoken to all the same.
  return { minVersion: "TLSv1", ciphers: legacyCiphers, secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT };
}

const anonymous = new Contexts(undefined);

function contextsOf(credentials: Credentials | undefined): Contexts {
  return credentials?.handle instanceof Contexts ? credentials.handle : anonymous;
}

/** The OpenSSL context of credentials, for servers that Node runs itself (HTTPS). */
export function secureContextOf(credentials: Credentials | undefined, versionMin: TlsVersion): SecureContext {
  return contextsOf(credentials).for(versionMin);
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
      secureContext: contextsOf(options.credentials).for(profileOf(options)),
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
    secureContext: contextsOf(shown).for(profileOf(options)),
    SNICallback(servername, answer) {
      shown = options.credentialsFor(servername) ?? shown;
      answer(null, contextsOf(shown).for(profileOf(options)));
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
