import { utf8 } from "../base/bytes.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { World } from "../base/world.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import {
  installation,
  partnerRecord,
  partnerSubject,
  readPartner,
  recordName,
  storedPartners,
} from "../federation/sip-partner-record.ts";

export type PartnerDoors = Pick<World, "bus" | "clock" | "store">;

export type PartnerRules = {
  isLocal(domain: string): boolean;
  /** A row for the domain under federation.partners in comity.yaml: it is reached over XMPP. */
  isXmpp(domain: string): boolean;
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
    const partner = readPartner(given);
    if (!partner.ok) return partner;
    const { domain } = partner.value;
    if (this.#rules.isLocal(domain)) return no(fault("partner-is-ours", domain));
    if (this.#rules.isXmpp(domain)) return no(fault("partner-is-xmpp", domain));
    const content = utf8(partnerRecord(partner.value));
    await this.#doors.store.documents.put(installation, { name: recordName(domain), etag: "1", content });
    await this.#changed(actor, "partner.put", domain, partner.value.type);
    return partner;
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

  async #changed(actor: string, action: string, subject: string, detail: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail });
    this.#doors.bus.publish(partnerSubject, utf8(subject));
  }
}
