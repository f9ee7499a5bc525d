import { parseAddress } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import {
  type EmailDomain,
  type EmailEntry,
  emailDomainName,
  emailDomains,
  emailName,
  emailSubject,
  readEmail,
  readOwnDomain,
  storedEmails,
} from "../federation/email-names.ts";
import { installation, storedPartners } from "../federation/sip-partner-record.ts";
import type { PartnerDoors, PartnerRules } from "./partners.ts";

/**
 * The one place where people's email addresses, and the domains of such addresses, are changed (EML-01 to EML-09). In force at once,
 * and audited.
 */
export class Emails {
  readonly #doors: PartnerDoors;
  readonly #rules: PartnerRules;

  constructor(doors: PartnerDoors, rules: PartnerRules) {
    this.#doors = doors;
    this.#rules = rules;
  }

  /** Somebody's email address; "" when there is none. Fails with jid-malformed, domain-malformed, account-unknown. */
  async get(address: string): Promise<Result<EmailEntry>> {
    const who = await this.#account(address);
    if (!who.ok) return who;
    const { emails } = await storedEmails(this.#doors.store);
    const email = emails.find((each) => each.address === who.value)?.email ?? "";
    return ok({ address: who.value, email });
  }

  /** Everybody's, by address. */
  async list(): Promise<readonly EmailEntry[]> {
    const { emails } = await storedEmails(this.#doors.store);
    return [...emails].sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  /** Sets, or with "" takes away. Fails as `get`, and with email-unreadable, email-taken, email-domain-foreign. */
  async set(actor: string, address: string, email: string): Promise<Result<EmailEntry>> {
    const who = await this.#account(address);
    if (!who.ok) return who;
    const name = emailName(who.value);
    if (email === "") {
      if (await this.#doors.store.documents.remove(installation, name)) {
        await this.#changed(actor, "user.email", who.value, "");
      }
      return ok({ address: who.value, email });
    }
    const read = readEmail(email);
    if (!read.ok) return read;
    const { text, domain } = read.value;
    const { emails } = await storedEmails(this.#doors.store);
    // EML-05, DOM-05: one person, one name: neither another's email address nor another's address here.
    const other = emails.find((each) => each.email === text && each.address !== who.value)?.address;
    const namesake = text === who.value ? undefined : await this.#doors.store.accounts.find(text);
    if (other !== undefined || namesake !== undefined) return no(fault("email-taken", other ?? text));
    if (await this.#isForeign(domain)) return no(fault("email-domain-foreign", domain));
    await this.#doors.store.documents.put(installation, { name, etag: "1", content: utf8(text) });
    // EML-08: when its last user goes, the domain is the administrator's.
    const kept = { name: emailDomainName(domain), etag: "1", content: utf8("") };
    await this.#doors.store.documents.put(installation, kept);
    await this.#changed(actor, "user.email", who.value, text);
    return ok({ address: who.value, email: text });
  }

  /** EML-08: the domains of email addresses. */
  async domains(): Promise<readonly EmailDomain[]> {
    const { emails, domains } = await storedEmails(this.#doors.store);
    return emailDomains(emails, domains);
  }

  /** Writes a domain down by hand, before anybody's address is in it. Fails with domain-malformed, email-domain-foreign. */
  async addDomain(actor: string, domain: string): Promise<Result<string>> {
    const name = readOwnDomain(domain);
    if (!name.ok) return name;
    if (await this.#isForeign(name.value)) return no(fault("email-domain-foreign", name.value));
    const document = { name: emailDomainName(name.value), etag: "1", content: utf8("") };
    await this.#doors.store.documents.put(installation, document);
    await this.#changed(actor, "domain.add", name.value, "");
    return ok(name.value);
  }

  /** Fails with domain-malformed, email-domain-unknown. */
  async removeDomain(actor: string, domain: string): Promise<Result<string>> {
    const name = readOwnDomain(domain);
    if (!name.ok) return name;
    // EML-08: while somebody's address is in it, it is the system's.
    const used = (await this.domains()).some(({ domain: each, users }) => each === name.value && users > 0);
    if (used || !(await this.#doors.store.documents.remove(installation, emailDomainName(name.value)))) {
      return no(fault("email-domain-unknown", name.value));
    }
    await this.#changed(actor, "domain.remove", name.value, "");
    return ok(name.value);
  }

  async #account(address: string): Promise<Result<string>> {
    const who = parseAddress(address);
    if (!who.ok) return who;
    const { text } = who.value;
    return (await this.#doors.store.accounts.find(text)) === undefined ? no(fault("account-unknown", text)) : ok(text);
  }

  /** Whether a domain is a partner's, over either protocol: nothing for it ever comes here. */
  async #isForeign(domain: string): Promise<boolean> {
    if (this.#rules.isXmpp(domain)) return true;
    const partners = await storedPartners(this.#doors.store);
    return partners.some((partner) => partner.domain === domain);
  }

  async #changed(actor: string, action: string, subject: string, detail: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail });
    this.#doors.bus.publish(emailSubject, utf8(subject));
  }
}
