import { type Address, parseAddress } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import { digestVerifiers } from "../base/digest-verifier.ts";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Account, DigestVerifier } from "../base/store.ts";
import type { World } from "../base/world.ts";
import { emailName, emailSubject } from "../federation/email-names.ts";
import { installation } from "../federation/sip-partner-record.ts";
import { newKeys, passwordOf } from "../xmpp/scram-keys.ts";

/** What running sessions are told by, over all nodes; the payload is the bare address in UTF-8. */
export const accountSubjects = { removed: "account.removed", changed: "account.changed" } as const;

const saltBytes = 16;

export type AccountDoors = Pick<World, "bus" | "clock" | "derive" | "random" | "store">;

/** What holds at the moment of asking; read anew each time, since a reload may change it. */
export type AccountRules = {
  isLocal(domain: DomainName): boolean;
  /** PBKDF2 rounds for passwords set now. */
  iterations(): number;
  /** The algorithms passwords set now are kept for, for SIP's digest; none: no sign-in over SIP with them. */
  digests(): readonly DigestVerifier["algorithm"][];
};

/**
 * The one place where accounts are made, changed and removed, whoever asks: command line, API, console. `actor` says who, for
 * the audit: "cli:1000".
 */
export class Accounts {
  readonly #doors: AccountDoors;
  readonly #rules: AccountRules;

  constructor(doors: AccountDoors, rules: AccountRules) {
    this.#doors = doors;
    this.#rules = rules;
  }

  /**
   * Makes an account. Answers its canonical address; fails with jid-malformed, domain-malformed, domain-not-local,
   * password-unacceptable or account-exists.
   */
  async add(actor: string, address: string, password: string): Promise<Result<string>> {
    const who = this.#localAddress(address);
    if (!who.ok) return who;
    if ((await this.#doors.store.accounts.find(who.value.text)) !== undefined) {
      return no(fault("account-exists", who.value.text)); // before the costly hashing
    }
    const secrets = await this.#secretsFor(who.value, password);
    if (!secrets.ok) return secrets;
    const createdAt = this.#doors.clock.now();
    const added = await this.#doors.store.accounts.add({ address: who.value.text, ...secrets.value, createdAt });
    if (!added.ok) return added;
    await this.#audit(actor, "user.add", who.value.text);
    return ok(who.value.text);
  }

  /** Sets another password and ends the account's sessions. Fails as `add`, and with account-unknown. */
  async setPassword(actor: string, address: string, password: string): Promise<Result<string>> {
    const who = parseAddress(address);
    if (!who.ok) return who;
    if ((await this.#doors.store.accounts.find(who.value.text)) === undefined) {
      return no(fault("account-unknown", who.value.text));
    }
    const secrets = await this.#secretsFor(who.value, password);
    if (!secrets.ok) return secrets;
    const { keys, digests } = secrets.value;
    const set = await this.#doors.store.accounts.setKeys(who.value.text, keys, digests);
    if (!set.ok) return set;
    await this.#audit(actor, "user.passwd", who.value.text);
    this.#doors.bus.publish(accountSubjects.changed, utf8(who.value.text));
    return ok(who.value.text);
  }

  /**
   * Removes an account with all that is kept for it, and ends its sessions. An account of a domain that is no longer served
   * can be removed too. Fails with jid-malformed, domain-malformed or account-unknown.
   */
  async remove(actor: string, address: string): Promise<Result<string>> {
    const who = parseAddress(address);
    if (!who.ok) return who;
    const removed = await this.#doors.store.accounts.remove(who.value.text);
    if (!removed.ok) return removed;
    await this.#doors.store.documents.remove(installation, emailName(who.value.text));
    await this.#audit(actor, "user.remove", who.value.text);
    this.#doors.bus.publish(accountSubjects.removed, utf8(who.value.text));
    this.#doors.bus.publish(emailSubject, utf8(who.value.text));
    return ok(who.value.text);
  }

  /** Addresses, sorted; of one domain or of all. Fails with domain-malformed. */
  async list(domain?: string): Promise<Result<readonly string[]>> {
    if (domain === undefined) return ok(await this.#doors.store.accounts.list());
    const name = parseDomainName(domain);
    return name.ok ? ok(await this.#doors.store.accounts.list(name.value)) : name;
  }

  #localAddress(text: string): Result<Address> {
    const address = parseAddress(text);
    if (!address.ok) return address;
    const { domain } = address.value;
    return this.#rules.isLocal(domain) ? address : no(fault("domain-not-local", domain));
  }

  /**
   * All that is kept of a password: RFC 5802 §3 for both hashes, each with a salt of its own (the slow part runs off the main
   * thread), and RFC 7616 §3.4.2 for the algorithms the rules allow.
   */
  async #secretsFor(who: Address, password: string): Promise<Result<Pick<Account, "keys" | "digests">>> {
    const { derive, random } = this.#doors;
    const prepared = passwordOf(password);
    if (!prepared.ok) return prepared;
    const salts = [random.bytes(saltBytes), random.bytes(saltBytes)] as const;
    const keys = await newKeys(password, salts, this.#rules.iterations(), derive);
    if (!keys.ok) return keys;
    return ok({ keys: keys.value, digests: digestVerifiers(who, prepared.value, this.#rules.digests()) });
  }

  async #audit(actor: string, action: string, subject: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail: "" });
  }
}
