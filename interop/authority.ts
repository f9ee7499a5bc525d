import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import type { Network } from "./network.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

type Issuer = { readonly certificate: x509.X509Certificate; readonly keys: webcrypto.CryptoKeyPair };

/** Paths of a certificate (with its chain) and its key, PEM. */
export type Identity = { readonly certificate: string; readonly key: string };

export type Wanted = {
  /** The names in it. */
  readonly names: readonly string[];
  /** "trusted" by everybody here, or "unknown": an authority nobody has heard of. */
  readonly by?: "trusted" | "unknown";
  readonly expired?: boolean;
};

/** The certificate authority everybody here trusts, one nobody knows, and the certificates they issue. */
export class Authority {
  /** The trusted authority's certificate, PEM. */
  readonly path: string;
  readonly #folder: string;
  readonly #trusted: Issuer;
  readonly #unknown: Issuer;
  #issued = 0;

  private constructor(folder: string, trusted: Issuer, unknown: Issuer) {
    this.#folder = folder;
    this.#trusted = trusted;
    this.#unknown = unknown;
    this.path = join(folder, "ca.pem");
    writeFileSync(this.path, trusted.certificate.toString("pem"));
  }

  static async make(network: Network): Promise<Authority> {
    const folder = join(network.folder, "certificates");
    mkdirSync(folder);
    return new Authority(folder, await root("Interop CA"), await root("Unknown CA"));
  }

  async issue(wanted: Wanted): Promise<Identity> {
    const issuer = wanted.by === "unknown" ? this.#unknown : this.#trusted;
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const nowMs = Date.now();
    const untilMs = wanted.expired ? nowMs - dayMs : nowMs + 30 * dayMs;
    const number = (++this.#issued).toString(16).padStart(4, "0");
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: `01${number}`,
      subject: `CN=${wanted.names[0]}`,
      issuer: issuer.certificate.subject,
      notBefore: new Date(untilMs - 40 * dayMs),
      notAfter: new Date(untilMs),
      publicKey: keys.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.SubjectAlternativeNameExtension(wanted.names.map((value) => ({ type: "dns", value }))),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const stem = join(this.#folder, `${wanted.names[0]}-${number}`);
    const identity = { certificate: `${stem}.pem`, key: `${stem}.key` };
    writeFileSync(identity.certificate, certificate.toString("pem"));
    const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
    writeFileSync(identity.key, x509.PemConverter.encode(key, "PRIVATE KEY"), { mode: 0o600 });
    return identity;
  }
}

async function root(name: string): Promise<Issuer> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const nowMs = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: `CN=${name}`,
    notBefore: new Date(nowMs - 365 * dayMs),
    notAfter: new Date(nowMs + 365 * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}
