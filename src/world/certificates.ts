import { createHash, createPrivateKey } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { getCACertificates } from "node:tls";
import { type Fault, fault } from "../base/fault.ts";
import type { PemIdentity } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Certificate, nameFor, readCertificates } from "../pki/certificate.ts";
import type { PemSource } from "../pki/trust-store.ts";
import type { CertificateFiles } from "./development-certificates.ts";

/** A certificate with its key, read from files and found to belong together. */
export type LoadedIdentity = {
  readonly files: CertificateFiles;
  readonly pem: PemIdentity;
  /** Leaf first, as in the file. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly leaf: Certificate;
  /** What is not wrong enough to refuse it. */
  readonly warnings: readonly Fault[];
};

/**
 * Reads a domain's certificate chain and key, and checks that the key belongs to the first certificate.
 * Fails with cert-unreadable or cert-key-mismatch, naming the file.
 */
export async function loadIdentity(files: CertificateFiles): Promise<Result<LoadedIdentity>> {
  const certificate = await readPem(files.certificate);
  if (!certificate.ok) return certificate;
  const read = readCertificates(certificate.value);
  const [leaf, ...others] = read.ok ? read.value : [];
  if (!read.ok || leaf === undefined) return no(unreadable(files.certificate, read.ok ? "" : read.fault.detail));
  const key = await readPem(files.key);
  if (!key.ok) return key;
  const belongs = keyBelongs(leaf, key.value);
  if (typeof belongs === "string") return no(unreadable(files.key, belongs));
  if (!belongs) {
    return no(fault("cert-key-mismatch", `${files.key} is not the key of ${nameFor(leaf)} in ${files.certificate}`));
  }
  const pem = { certificate: certificate.value, key: key.value };
  return ok({ files, pem, chain: [leaf, ...others], leaf, warnings: await exposure(files.key) });
}

/** The text says why the key cannot be read. */
function keyBelongs(leaf: Certificate, pem: string): boolean | string {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return "the key has a passphrase; write it without one: openssl pkey -in OLD -out NEW";
  }
  try {
    return leaf.x509.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem) ? "the key is damaged" : "there is no private key in it";
  }
}

async function exposure(keyFile: string): Promise<readonly Fault[]> {
  const { mode } = await stat(keyFile);
  if ((mode & 0o007) === 0) return [];
  return [fault("cert-key-exposed", `${keyFile} has mode ${(mode & 0o777).toString(8)}`)];
}

async function readPem(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, "utf8"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return no(unreadable(file, missing ? "there is no such file" : (error as Error).message));
  }
}

function unreadable(file: string, why: string): Fault {
  return fault("cert-unreadable", `${file}: ${why}`);
}

/**
 * The authorities the operating system trusts, as PEM; where it has none, those that come with Node (Mozilla's). The list
 * names some twice; the store takes each once.
 */
export function systemAuthorities(): PemSource {
  const system = getCACertificates("system");
  if (system.length > 0) return { name: "the system's authorities", text: [...new Set(system)].join("\n") };
  return { name: "Node's authorities", text: getCACertificates("bundled").join("\n") };
}

/** What files held, by path: a hash, or undefined where there was none to read. */
export type FileStamps = ReadonlyMap<string, string | undefined>;

/** What these files hold now. By content, not by time: some tools swap a folder behind a link, others touch every file. */
export async function stampFiles(paths: readonly string[]): Promise<FileStamps> {
  const stamps = await Promise.all(
    paths.map(async (path): Promise<[string, string | undefined]> => {
      try {
        return [
          path,
          createHash("sha256")
            .update(await readFile(path))
            .digest("hex"),
        ];
      } catch {
        return [path, undefined];
      }
    }),
  );
  return new Map(stamps);
}

/** The files that hold something else than before, or are there and were not, or are gone. */
export function changedFiles(before: FileStamps, after: FileStamps): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}
