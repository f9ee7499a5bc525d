import type { DomainName } from "../base/domain-name.ts";
import { type Fault, type FaultCode, rowOf, wordsFor } from "../base/fault.ts";
import { type Certificate, nameFor } from "./certificate.ts";
import { readableNames } from "./identity.ts";

/** What there is to show of the certificate of one domain: what `--json` prints. */
export type CertificateReport = {
  readonly domain: DomainName;
  readonly file: string;
  readonly names: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  /** "EC 256, ECDSA with SHA-256". */
  readonly key: string;
  /** ISO 8601, in Zulu. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days; negative once it has ended. */
  readonly daysLeft: number;
  /** SHA-256, hex in pairs with colons, as other tools show it. */
  readonly fingerprint: string;
  /** What each certificate of the file is called, leaf first. */
  readonly chain: readonly string[];
  readonly warnings: readonly { readonly code: FaultCode; readonly says: string; readonly advice: string }[];
};

export function certificateReport(
  domain: DomainName,
  file: string,
  chain: readonly [Certificate, ...Certificate[]],
  warnings: readonly Fault[],
  atMs: number,
): CertificateReport {
  const [leaf] = chain;
  return {
    domain,
    file,
    names: readableNames(leaf),
    subject: leaf.subject,
    issuer: leaf.issuer,
    key: `${leaf.keyKind.toUpperCase()} ${leaf.keyBits}, ${leaf.signature.text}`,
    notBefore: new Date(leaf.notBefore).toISOString(),
    notAfter: new Date(leaf.notAfter).toISOString(),
    daysLeft: Math.floor((leaf.notAfter - atMs) / 86_400_000),
    fingerprint: (leaf.fingerprint256.toUpperCase().match(/../g) ?? []).join(":"),
    chain: chain.map(nameFor),
    warnings: warnings.map((each) => ({ code: each.code, says: wordsFor(each), advice: rowOf(each.code).advice })),
  };
}

/** The same for people: a block of lines for each domain, an empty line between two. */
export function reportText(reports: readonly CertificateReport[]): string {
  return reports.map(blockOf).join("\n");
}

function blockOf(report: CertificateReport): string {
  const { daysLeft: days } = report;
  const left = days < 0 ? "has ended" : days === 1 ? "1 day left" : `${days} days left`;
  const rows: readonly (readonly [string, string])[] = [
    ["file", report.file],
    ["names", report.names.join(", ")],
    ["issuer", report.issuer],
    ["valid", `${report.notBefore.slice(0, 10)} to ${report.notAfter.slice(0, 10)} (${left})`],
    ["key", report.key],
    ["chain", report.chain.join(" < ")],
    ["SHA-256", report.fingerprint],
    ...report.warnings.flatMap(({ says, advice }) => [["warning", says] as const, ["", advice] as const]),
  ];
  return `${report.domain}\n${rows.map(([name, value]) => `  ${name.padEnd(8)} ${value}\n`).join("")}`;
}
