import { utf8 } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Denial, denialName, denialSubject, readDenial, readDenied, storedDenials } from "../federation/denial.ts";
import { installation } from "../federation/sip-partner-record.ts";
import type { PartnerDoors } from "./partners.ts";

/** The one place where the deny list is changed, whoever asks. In force at once, and audited. */
export class DenyList {
  readonly #doors: PartnerDoors;

  constructor(doors: PartnerDoors) {
    this.#doors = doors;
  }

  list(): Promise<readonly Denial[]> {
    return storedDenials(this.#doors.store);
  }

  /** Puts a domain on the list, or changes its entry. Fails with denial-unreadable. */
  async deny(actor: string, given: unknown): Promise<Result<Denial>> {
    const denial = readDenial(given);
    if (!denial.ok) return denial;
    const { domain, direction } = denial.value;
    const content = utf8(JSON.stringify(denial.value));
    await this.#doors.store.documents.put(installation, { name: denialName(domain), etag: "1", content });
    await this.#changed(actor, "domain.deny", domain, direction);
    return denial;
  }

  /** Takes a domain off the list. Fails with denial-unreadable, denial-unknown. */
  async allow(actor: string, domain: string): Promise<Result<string>> {
    const name = readDenied(domain);
    if (!name.ok) return name;
    if (!(await this.#doors.store.documents.remove(installation, denialName(name.value)))) {
      return no(fault("denial-unknown", name.value));
    }
    await this.#changed(actor, "domain.allow", name.value, "");
    return ok(name.value);
  }

  /** An administrator has had what was found out about an unknown domain forgotten (SET-15). */
  async forgotten(actor: string, domain: string): Promise<void> {
    const at = this.#doors.clock.now();
    await this.#doors.store.audit.append({ at, actor, action: "domain.forget", subject: domain, detail: "" });
  }

  async #changed(actor: string, action: string, subject: string, detail: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail });
    this.#doors.bus.publish(denialSubject, utf8(subject));
  }
}
