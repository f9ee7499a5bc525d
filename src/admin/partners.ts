import { utf8 } from "../base/bytes.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { World } from "../base/world.ts";
import { type DiscoveredView, dropDiscovered, storedDiscovered } from "../federation/discovered.ts";
import { emailDomains, storedEmails } from "../federation/email-names.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import {
  installation,
  partnerRecord,
  partnerSubject,
  readPartner,
  recordName,
  storedPartners,
} from "../federation/sip-partner-record.ts";
import { throughOurMicrosoft } from "../federation/through-microsoft.ts";
import { changed, noOverrides, readChange, written } from "../presence/mapping-overrides.ts";

export type PartnerDoors = Pick<World, "bus" | "clock" | "store">;

export type PartnerRules = {
  isLocal(domain: string): boolean;
  /** A row for the domain under federation.partners in comity.yaml: it is reached over XMPP. */
  isXmpp(domain: string): boolean;
  /** The domains of our people, where they are known elsewhere by their email addresses (EML-01); none where they are not. */
  emailNames?(): readonly string[];
};

/** The one place where SIP partners are made, changed and removed, whoever asks. In force at once, and audited. */
export class Partners {
  readonly #doors: PartnerDoors;
  readonly #rules: PartnerRules;

  constructor(doors: PartnerDoors, rules: PartnerRules) {
    this.#doors = doors;
    this.#rules = rules;
  }

  /** Adds a partner, or changes the one of its domain. Fails with partner-unreadable, partner-is-ours (RT-18), partner-is-xmpp (RT-17). */
  async put(actor: string, given: unknown): Promise<Result<SipPartner>> {
    const partner = readPartner(await this.#withMapping(given));
    if (!partner.ok) return partner;
    const { domain } = partner.value;
    if (this.#rules.isLocal(domain)) return no(fault("partner-is-ours", domain));
    const emails = await storedEmails(this.#doors.store);
    if (emailDomains(emails.emails, emails.domains).some((each) => each.domain === domain)) {
      return no(fault("partner-is-ours", `${domain} is a domain of our email addresses`));
    }
    if (this.#rules.isXmpp(domain)) return no(fault("partner-is-xmpp", domain));
    await this.#write(partner.value);
    await this.#changed(actor, "partner.put", domain, partner.value.type);
    return partner;
  }

  /**
   * Changes what is shown for a partner's states, and of ours to them: "out:dnd=busy", "in:busy=away,Busy", or "out:dnd" to take it
   * back; `reset` takes everything else back. Fails with partner-unknown, partner-unreadable.
   */
  async map(actor: string, domain: string, changes: readonly string[], reset: boolean): Promise<Result<SipPartner>> {
    const partner = await this.#find(domain);
    if (partner === undefined) return no(fault("partner-unknown", domain));
    const read = changes.map(readChange);
    const wrong = read.find((each) => typeof each === "string");
    if (wrong !== undefined) return no(fault("partner-unreadable", `mapping: ${wrong}`));
    const wanted = read.filter((each) => typeof each !== "string");
    const mapping = changed(reset ? noOverrides : partner.mapping, wanted);
    const now = { ...partner, mapping };
    await this.#write(now);
    await this.#changed(actor, "partner.mapping", partner.domain, written(mapping).join(" "));
    return ok(now);
  }

  /** What will not work with a partner as it is configured. */
  async doubts(partner: SipPartner): Promise<readonly Fault[]> {
    const ours = this.#rules.emailNames?.() ?? [];
    if (ours.length === 0) return [];
    const { emails, domains } = await storedEmails(this.#doors.store);
    const own = [...ours, ...emailDomains(emails, domains).map(({ domain }) => domain)];
    return throughOurMicrosoft(partner, own).map((host) => fault("email-through-microsoft", host));
  }

  /** Removes a partner. Fails with domain-malformed, partner-unknown. */
  async remove(actor: string, domain: string): Promise<Result<string>> {
    const name = parseDomainName(domain);
    if (!name.ok) return name;
    if (!(await this.#doors.store.documents.remove(installation, recordName(name.value)))) {
      return no(fault("partner-unknown", name.value));
    }
    await this.#changed(actor, "partner.remove", name.value, "");
    return ok(name.value);
  }

  list(): Promise<readonly SipPartner[]> {
    return storedPartners(this.#doors.store);
  }

  /** Domains nobody configured, as they are kept for the next start (SET-13); a running node knows better. */
  met(): Promise<readonly DiscoveredView[]> {
    return storedDiscovered(this.#doors.store);
  }

  /** Of a stopped node. False when nothing was kept of it. */
  forgetMet(domain: string): Promise<boolean> {
    return dropDiscovered(this.#doors.store, domain);
  }

  async #find(domain: string): Promise<SipPartner | undefined> {
    const name = parseDomainName(domain);
    return name.ok ? (await this.list()).find((each) => each.domain === name.value) : undefined;
  }

  /** Who writes a partner anew and says nothing of its mapping keeps it. */
  async #withMapping(given: unknown): Promise<unknown> {
    if (typeof given !== "object" || given === null || "mapping" in given) return given;
    const { domain } = given as { readonly domain?: unknown };
    const before = typeof domain === "string" ? await this.#find(domain) : undefined;
    return before === undefined ? given : { ...given, mapping: written(before.mapping) };
  }

  async #write(partner: SipPartner): Promise<void> {
    const content = utf8(partnerRecord(partner));
    await this.#doors.store.documents.put(installation, { name: recordName(partner.domain), etag: "1", content });
  }

  async #changed(actor: string, action: string, subject: string, detail: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail });
    this.#doors.bus.publish(partnerSubject, utf8(subject));
  }
}
