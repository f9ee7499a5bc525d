import { type Address, parseAddress } from "../base/address.ts";
import { type DomainName, isIpLiteral, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, type Result } from "../base/result.ts";
import type { Store } from "../base/store.ts";
import { installation } from "./sip-partner-record.ts";

/** A local person's email address: what other domains know them by, when that is switched on (EML-02). */
export type EmailEntry = { readonly address: string; readonly email: string };

/** A domain of email addresses: "system" while somebody's address is in it, "administrator" when it was written by hand (EML-08). */
export type EmailDomain = {
  readonly domain: string;
  readonly managed: "system" | "administrator";
  readonly users: number;
};

/** What running nodes are told by that somebody's email address, or an email domain, is another. */
export const emailSubject = "email.changed";

const prefix = "email/";
const domainPrefix = "email-domain/";

export function emailName(address: string): string {
  return `${prefix}${address}`;
}

export function emailDomainName(domain: string): string {
  return `${domainPrefix}${domain}`;
}

/** EML-03: a whole address, user and domain; anything else is none. Fails with email-unreadable. */
export function readEmail(text: string): Result<Address> {
  const email = parseAddress(text.trim());
  if (!email.ok) return no(fault("email-unreadable", text.slice(0, 100)));
  const domain = readOwnDomain(email.value.domain);
  return domain.ok ? email : no(fault("email-unreadable", domain.fault.detail));
}

/**
 * DOM-01: a domain of ours has at most 255 characters, in labels of letters, digits and hyphens that begin with no hyphen, and its
 * last label begins with no digit, so that it is never taken for an address. Fails with domain-malformed.
 */
export function readOwnDomain(text: string): Result<DomainName> {
  const domain = parseDomainName(text);
  if (!domain.ok) return domain;
  const last = domain.value.slice(domain.value.lastIndexOf(".") + 1);
  if (isIpLiteral(domain.value) || /^\d/.test(last))
    return no(fault("domain-malformed", `${text.slice(0, 100)} is no name`));
  return domain;
}

/** All that is kept of email addresses, and the domains written by hand. */
export async function storedEmails(
  store: Pick<Store, "documents">,
): Promise<{ readonly emails: readonly EmailEntry[]; readonly domains: readonly string[] }> {
  const emails: EmailEntry[] = [];
  const domains: string[] = [];
  for (const { name, content } of await store.documents.list(installation)) {
    if (name.startsWith(prefix)) {
      emails.push({ address: name.slice(prefix.length), email: new TextDecoder().decode(content) });
    } else if (name.startsWith(domainPrefix)) domains.push(name.slice(domainPrefix.length));
  }
  return { emails, domains };
}

/** EML-08: the domains people's addresses are in, then those written by hand; by name. */
export function emailDomains(emails: readonly EmailEntry[], byHand: readonly string[]): readonly EmailDomain[] {
  const users = new Map<string, number>(byHand.map((domain) => [domain, 0]));
  for (const { email } of emails) {
    const domain = email.slice(email.lastIndexOf("@") + 1);
    users.set(domain, (users.get(domain) ?? 0) + 1);
  }
  return [...users]
    .map(([domain, count]) => ({
      domain,
      managed: count > 0 ? ("system" as const) : ("administrator" as const),
      users: count,
    }))
    .sort((a, b) => (a.domain < b.domain ? -1 : 1));
}
