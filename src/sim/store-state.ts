import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { Account, AuditEntry, OfflineMessage, Roster, RosterItem, ScramKeys } from "../base/store.ts";

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Everything a store keeps, as plain memory. Each method is complete or throws before it has changed anything, and
 * answers the same on equal states: so a transaction can be done again on what lasts.
 */
export class StoreState {
  #accounts = new Map<string, Account>();
  #rosters = new Map<string, { readonly version: number; readonly items: ReadonlyMap<string, RosterItem> }>();
  #rosterVersion = 0;
  #messages = new Map<string, readonly OfflineMessage[]>();
  #messageId = 0;
  #facts = new Map<string, Uint8Array>();
  #audit: readonly AuditEntry[] = [];

  copy(): StoreState {
    const copy = new StoreState();
    copy.#accounts = new Map(this.#accounts);
    copy.#rosters = new Map(this.#rosters);
    copy.#rosterVersion = this.#rosterVersion;
    copy.#messages = new Map(this.#messages);
    copy.#messageId = this.#messageId;
    copy.#facts = new Map(this.#facts);
    copy.#audit = this.#audit;
    return copy;
  }

  account(address: string): Account | undefined {
    return this.#accounts.get(address);
  }

  addAccount(account: Account): Result<void> {
    checkKeys(account.keys);
    if (this.#accounts.has(account.address)) return no(fault("account-exists", account.address));
    this.#accounts.set(account.address, account);
    return ok(undefined);
  }

  setKeys(address: string, keys: readonly ScramKeys[]): Result<void> {
    checkKeys(keys);
    const account = this.#accounts.get(address);
    if (account === undefined) return no(fault("account-unknown", address));
    this.#accounts.set(address, { ...account, keys });
    return ok(undefined);
  }

  removeAccount(address: string): Result<void> {
    if (!this.#accounts.delete(address)) return no(fault("account-unknown", address));
    this.#rosters.delete(address);
    this.#messages.delete(address);
    return ok(undefined);
  }

  addresses(domain: string | undefined): readonly string[] {
    const all = [...this.#accounts.keys()].sort(byText);
    return domain === undefined ? all : all.filter((address) => address.slice(address.indexOf("@") + 1) === domain);
  }

  roster(owner: string): Roster {
    const { version, items } = this.#rosters.get(owner) ?? { version: 0, items: new Map<string, RosterItem>() };
    return { version, items: [...items.values()].sort((a, b) => byText(a.contact, b.contact)) };
  }

  putItem(owner: string, item: RosterItem): number {
    if (!["none", "to", "from", "both"].includes(item.subscription)) throw new Error("no such subscription");
    return this.#writeRoster(owner, (items) => void items.set(item.contact, item));
  }

  removeItem(owner: string, contact: string): number {
    const roster = this.#rosters.get(owner);
    if (!roster?.items.has(contact)) return roster?.version ?? 0;
    return this.#writeRoster(owner, (items) => void items.delete(contact));
  }

  pushMessage(owner: string, stanza: Uint8Array, at: number, limit: number): number | undefined {
    const waiting = this.messages(owner);
    if (waiting.length >= limit) return undefined;
    const id = ++this.#messageId;
    this.#messages.set(owner, [...waiting, { id, stanza, at }]);
    return id;
  }

  messages(owner: string): readonly OfflineMessage[] {
    return this.#messages.get(owner) ?? [];
  }

  dropMessages(owner: string, ids: readonly number[]): void {
    const left = this.messages(owner).filter((message) => !ids.includes(message.id));
    this.#messages.set(owner, left);
  }

  fact(name: string): Uint8Array | undefined {
    return this.#facts.get(name);
  }

  putFact(name: string, value: Uint8Array): void {
    this.#facts.set(name, value);
  }

  appendAudit(entry: AuditEntry): void {
    this.#audit = [entry, ...this.#audit];
  }

  audit(limit: number): readonly AuditEntry[] {
    return this.#audit.slice(0, limit);
  }

  #writeRoster(owner: string, change: (items: Map<string, RosterItem>) => void): number {
    const items = new Map(this.#rosters.get(owner)?.items);
    change(items);
    const version = ++this.#rosterVersion;
    this.#rosters.set(owner, { version, items });
    return version;
  }
}

function checkKeys(keys: readonly ScramKeys[]): void {
  for (const { hash } of keys) if (hash !== "SHA-1" && hash !== "SHA-256") throw new Error("no such hash");
}
