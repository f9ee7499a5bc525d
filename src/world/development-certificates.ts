import { createPrivateKey } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Certificate, isSignedBy, readCertificates } from "../pki/certificate.ts";
import { provesDomain } from "../pki/identity.ts";
import { pemBlocks } from "../pki/pem.ts";
import { xmppNames } from "../pki/write-extensions.ts";
import { type Issued, importKey, issueCertificate, keyPem } from "./issue-certificate.ts";

/** Where a domain's certificate and its key lie. */
export type CertificateFiles = { readonly domain: DomainName; readonly certificate: string; readonly key: string };

/** What was found and what was made. Every domain is in one of the three lists. */
export type DevelopmentCertificates = {
  /** The development CA's certificate: what others must trust. */
  readonly authorityFile: string;
  /** Made now, for the first time or again. */
  readonly made: readonly DomainName[];
  /** Made earlier and still good. */
  readonly kept: readonly DomainName[];
  /** The files are somebody else's; they were not touched, nor looked into. */
  readonly foreign: readonly DomainName[];
};

const dayMs = 86_400_000;
/** Clocks differ, and a certificate that begins in the future is refused. */
const earlierMs = dayMs;
const authorityDays = 3_650;
/** A year and a month: the most that today's clients take (CA/Browser Forum ballot SC31). */
const serverDays = 397;
const renewDays = 30;

/** The first line of each file made here. Readers of PEM skip what stands before a block (RFC 7468 §2). */
const mark =
  "# Made by Comity for development; it makes this file again when it has to. Remove this line to keep it.\n";

/** The files `<domain>.pem` and `<domain>.key` of a folder, for each domain. */
export function filesIn(folder: string, domains: readonly DomainName[]): readonly CertificateFiles[] {
  return domains.map((domain) => ({
    domain,
    certificate: join(folder, `${domain}.pem`),
    key: join(folder, `${domain}.key`),
  }));
}

/**
 * Sees to it that each domain has a certificate to try things out with: signed by a development CA in `folder` (ca.pem,
 * ca.key), which is made too; made again when it ends within 30 days, lacks the domain or does not fit its key or the CA.
 * Files that were not made here are never written to. Keys are readable by their owner alone.
 * Fails with cert-unreadable when the CA's files are not ours or cannot be read or written.
 * @param now milliseconds since 1970
 */
export async function ensureDevelopmentCertificates(
  folder: string,
  wanted: readonly CertificateFiles[],
  now: number,
): Promise<Result<DevelopmentCertificates>> {
  try {
    const states = await Promise.all(wanted.map(async (files) => ({ files, pair: await readPair(files) })));
    const ours = states.filter(({ pair }) => pair !== "foreign");
    const foreign = states.filter(({ pair }) => pair === "foreign").map(({ files }) => files.domain);
    const authorityFiles = { certificate: join(folder, "ca.pem"), key: join(folder, "ca.key") };
    const authorityFile = authorityFiles.certificate;
    if (ours.length === 0) return ok({ authorityFile, made: [], kept: [], foreign });
    const found = await readPair(authorityFiles);
    if (found === "foreign") return no(notOurs(authorityFile));
    const issuer = fits(found, now) ? found : await makeAuthority(authorityFiles, now);
    const kept: DomainName[] = [];
    const made: DomainName[] = [];
    for (const { files, pair } of ours) {
      const good = pair !== "foreign" && fits(pair, now) && serves(pair.certificate, files.domain, issuer.certificate);
      if (!good) await makeServer(files, issuer, now);
      (good ? kept : made).push(files.domain);
    }
    return ok({ authorityFile, made, kept, foreign });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return no(fault("cert-unreadable", (error as Error).message));
  }
}

function notOurs(file: string): Fault {
  return fault(
    "cert-unreadable",
    `${file} or its key was not made here, so no certificates are made with it; move it away`,
  );
}

type Pair = Pick<Issued, "certificate" | "key">;

/** What the two files hold: ours and whole, ours but useless (or not there), or somebody else's. */
async function readPair(files: { certificate: string; key: string }): Promise<Pair | "foreign" | undefined> {
  const [certificatePem, key] = [await readIfThere(files.certificate), await readIfThere(files.key)];
  if ([certificatePem, key].some((text) => text !== undefined && !text.startsWith(mark))) return "foreign";
  if (certificatePem === undefined || key === undefined) return undefined;
  const certificates = readCertificates(certificatePem);
  const pkcs8 = pemBlocks(key, "PRIVATE KEY");
  const certificate = certificates.ok ? certificates.value[0] : undefined;
  const der = pkcs8.ok ? pkcs8.value[0] : undefined;
  if (certificate === undefined || der === undefined) return undefined;
  try {
    const fitting = certificate.x509.checkPrivateKey(createPrivateKey(key));
    return fitting ? { certificate, key: await importKey(der) } : undefined;
  } catch {
    return undefined; // damaged: it is made again
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function fits(pair: Pair | undefined, now: number): pair is Pair {
  return pair !== undefined && pair.certificate.notBefore <= now && pair.certificate.notAfter > now + renewDays * dayMs;
}

function serves(certificate: Certificate, domain: DomainName, authority: Certificate): boolean {
  return (
    isSignedBy(certificate, authority) &&
    provesDomain(certificate, domain, "xmpp-server") &&
    provesDomain(certificate, domain, "xmpp-client")
  );
}

async function makeAuthority(files: { certificate: string; key: string }, now: number): Promise<Pair> {
  const authority = await issueCertificate({
    // The date tells one from the next where both are trusted.
    commonName: `Comity development CA ${new Date(now).toISOString().slice(0, 10)}`,
    notBefore: now - earlierMs,
    notAfter: now + authorityDays * dayMs,
    authority: { pathLen: 0 },
  });
  await writeBoth(files, authority);
  return authority;
}

async function makeServer(files: CertificateFiles, issuer: Pair, now: number): Promise<void> {
  const names = xmppNames(files.domain);
  const issued = await issueCertificate({
    // RFC 5280 Appendix A.1: a common name has at most 64 characters; the other names do without it.
    commonName: files.domain.length <= 64 ? files.domain : "",
    names,
    notBefore: now - earlierMs,
    notAfter: Math.min(now + serverDays * dayMs, issuer.certificate.notAfter),
    issuer,
  });
  await writeBoth(files, issued);
}

/** The key first: whoever is cut off in between has a pair that does not fit, and makes it again next time. */
async function writeBoth(files: { certificate: string; key: string }, { key, pem }: Issued): Promise<void> {
  await writeWhole(files.key, mark + (await keyPem(key)), 0o600);
  await writeWhole(files.certificate, mark + pem, 0o644);
}

/** Under another name first, so that nobody ever reads half a file. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
}
