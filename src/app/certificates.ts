import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { certificateView } from "../admin/certificate-view.ts";
import type { CertificateView } from "../admin/node.ts";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { PemIdentity } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Config } from "../config/schema.ts";
import { pemBlocks } from "../pki/pem.ts";
import { certificateFolder, type Home, pathIn } from "./home.ts";

/** The files of one domain's certificate. */
export type IdentityFiles = { readonly domain: DomainName; readonly certificate: string; readonly key: string };

/** Where each domain's certificate and key are looked for: as the configuration names them, else in tls.certificates. */
export function identityFiles(home: Home, config: Config): readonly IdentityFiles[] {
  const folder = certificateFolder(home, config);
  return config.domains.map(({ name, certificate, key }) => ({
    domain: name,
    certificate: certificate === undefined ? join(folder, `${name}.pem`) : pathIn(home, certificate),
    key: key === undefined ? join(folder, `${name}.key`) : pathIn(home, key),
  }));
}

/** Reads both files; fails with cert-unreadable, naming the file and what to do. */
export function readIdentity(files: IdentityFiles): Result<PemIdentity> {
  const certificate = readPem(files.certificate, files.domain);
  if (!certificate.ok) return certificate;
  const key = readPem(files.key, files.domain);
  return key.ok ? ok({ certificate: certificate.value, key: key.value }) : key;
}

function readPem(file: string, domain: string): Result<string> {
  if (!existsSync(file)) return no(missing(file, domain));
  try {
    return ok(readFileSync(file, "utf8"));
  } catch (error) {
    return no(fault("cert-unreadable", `${file}: ${(error as Error).message}`));
  }
}

function missing(file: string, domain: string): Fault {
  return fault(
    "cert-unreadable",
    `${domain} has no ${file}; put it there, or name another under domains, or write tls: { development: true } to try things out`,
  );
}

/** What there is to show of each domain's certificate, from the files; domains without a readable one are left out. */
export function certificatesOf(home: Home, config: Config): readonly CertificateView[] {
  return identityFiles(home, config).flatMap((files) => {
    const identity = readIdentity(files);
    const blocks = identity.ok ? pemBlocks(identity.value.certificate) : identity;
    const leaf = blocks.ok ? blocks.value[0] : undefined;
    const view = leaf === undefined ? undefined : certificateView(files.domain, files.certificate, leaf);
    return view?.ok ? [view.value] : [];
  });
}
