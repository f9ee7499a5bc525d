import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DomainName } from "../base/domain-name.ts";
import { readCertificates } from "../pki/certificate.ts";
import { pemBlocks } from "../pki/pem.ts";
import { xmppNames } from "../pki/write-extensions.ts";
import { type Issued, importKey, issueCertificate, keyPem } from "../world/issue-certificate.ts";
import type { IdentityFiles } from "./certificates.ts";

const dayMs = 86_400_000;
/** Clocks differ, and a certificate that begins in the future is refused. */
const earlierMs = dayMs;
const authorityDays = 3650;
/** RFC-less habit of today's clients: nothing longer than this is trusted. */
const leafDays = 397;

/**
 * Makes what is missing: a development CA in `folder` (ca.pem, ca.key) and, for each domain without files, a certificate
 * with all the names XMPP wants. Answers the domains it made one for.
 * @param now milliseconds since 1970
 */
export async function makeDevelopmentCertificates(
  folder: string,
  wanted: readonly IdentityFiles[],
  now: number,
): Promise<readonly DomainName[]> {
  const missing = wanted.filter(({ certificate, key }) => !existsSync(certificate) && !existsSync(key));
  if (missing.length === 0) return [];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const issuer = (await existingAuthority(folder)) ?? (await newAuthority(folder, now));
  for (const { domain, certificate, key } of missing) {
    const leaf = await issueCertificate({
      commonName: domain,
      names: xmppNames(domain),
      notBefore: now - earlierMs,
      notAfter: now + leafDays * dayMs,
      issuer,
    });
    mkdirSync(dirname(certificate), { recursive: true, mode: 0o700 });
    writeFileSync(key, await keyPem(leaf.key), { mode: 0o600 });
    writeFileSync(certificate, leaf.pem, { mode: 0o644 });
  }
  return missing.map(({ domain }) => domain);
}

async function existingAuthority(folder: string): Promise<Pick<Issued, "certificate" | "key"> | undefined> {
  if (!existsSync(join(folder, "ca.pem")) || !existsSync(join(folder, "ca.key"))) return undefined;
  const certificates = readCertificates(readFileSync(join(folder, "ca.pem"), "utf8"));
  const keys = pemBlocks(readFileSync(join(folder, "ca.key"), "utf8"), "PRIVATE KEY");
  const certificate = certificates.ok ? certificates.value[0] : undefined;
  const key = keys.ok ? keys.value[0] : undefined;
  return certificate === undefined || key === undefined ? undefined : { certificate, key: await importKey(key) };
}

async function newAuthority(folder: string, now: number): Promise<Issued> {
  const made = await issueCertificate({
    commonName: "Comity development CA",
    notBefore: now - earlierMs,
    notAfter: now + authorityDays * dayMs,
    authority: { pathLen: 0 },
  });
  writeFileSync(join(folder, "ca.key"), await keyPem(made.key), { mode: 0o600 });
  writeFileSync(join(folder, "ca.pem"), made.pem, { mode: 0o644 });
  return made;
}
