import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type {
  Account,
  AuditEntry,
  DigestVerifier,
  OfflineMessage,
  PrivacyRules,
  Roster,
  RosterItem,
  ScramKeys,
  StoredBinding,
  StoredCalendar,
  StoredDocument,
  StoredSubscription,
} from "../base/store.ts";

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
  #bindings = new Map<string, ReadonlyMap<string, StoredBinding>>();
  #subscriptions = new Map<string, StoredSubscription>();
  #privacy = new Map<string, PrivacyRules>();
  #documents = new Map<string, ReadonlyMap<string, StoredDocument>>();
  #calendars = new Map<string, StoredCalendar>();
  #facts = new Map<string, Uint8Array>();
  #audit: readonly AuditEntry[] = [];

  copy(): StoreState {
    const copy = new StoreState();
    copy.#accounts = new Map(this.#accounts);
    copy.#rosters = new Map(this.#rosters);
    copy.#rosterVersion = this.#rosterVersion;
    copy.#messages = new Map(this.#messages);
    copy.#messageId = this.#messageId;
    copy.#bindings = new Map(this.#bindings);
    copy.#subscriptions = new Map(this.#subscriptions);
    copy.#privacy = new Map(this.#privacy);
    copy.#documents = new Map(this.#documents);
    copy.#calendars = new Map(this.#calendars);
    copy.#facts = new Map(this.#facts);
    copy.#audit = this.#audit;
    return copy;
  }

  account(address: string): Account | undefined {
    return this.#accounts.get(address);
  }

  addAccount(account: Account): Result<void> {
    checkKeys(account.keys, account.digests);
    if (this.#accounts.has(account.address)) return no(fault("account-exists", account.address));
    this.#accounts.set(account.address, account);
    return ok(undefined);
  }

  setKeys(address: string, keys: readonly ScramKeys[], digests: readonly DigestVerifier[]): Result<void> {
    checkKeys(keys, digests);
    const account = this.#accounts.get(address);
    if (account === undefined) return no(fault("account-unknown", address));
    this.#accounts.set(address, { ...account, keys, digests });
    return ok(undefined);
  }

  removeAccount(address: string): Result<void> {
    if (!this.#accounts.delete(address)) return no(fault("account-unknown", address));
    this.#rosters.delete(address);
    this.#messages.delete(address);
    this.#bindings.delete(address);
    for (const [key, { local }] of this.#subscriptions) if (local === address) this.#subscriptions.delete(key);
    this.#privacy.delete(address);
    this.#documents.delete(address);
    this.#calendars.delete(address);
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

  bindings(): readonly (readonly [string, StoredBinding])[] {
    return sorted(this.#bindings).flatMap(([owner, own]) =>
      sorted(own).map(([, binding]) => [owner, binding] as const),
    );
  }

  putBinding(owner: string, binding: StoredBinding): void {
    this.#bindings.set(owner, new Map(this.#bindings.get(owner)).set(binding.key, binding));
  }

  removeBinding(owner: string, key: string): void {
    const left = new Map(this.#bindings.get(owner));
    left.delete(key);
    this.#bindings.set(owner, left);
  }

  subscriptions(): readonly StoredSubscription[] {
    return sorted(this.#subscriptions).map(([, subscription]) => subscription);
  }

  putSubscription(subscription: StoredSubscription): void {
    JSON.parse(subscription.state);
    this.#subscriptions.set(subscription.key, subscription);
  }

  removeSubscription(key: string): void {
    this.#subscriptions.delete(key);
  }

  privacy(owner: string): PrivacyRules | undefined {
    return this.#privacy.get(owner);
  }

  putPrivacy(owner: string, rules: PrivacyRules): void {
    if (!["ask", "allow", "block"].includes(rules.otherwise)) throw new Error("no such rule");
    this.#privacy.set(owner, rules);
  }

  calendars(): readonly (readonly [string, StoredCalendar])[] {
    return sorted(this.#calendars);
  }

  putCalendar(owner: string, word: StoredCalendar): void {
    this.#calendars.set(owner, word);
  }

  removeCalendar(owner: string): void {
    this.#calendars.delete(owner);
  }

  document(owner: string, name: string): StoredDocument | undefined {
    return this.#documents.get(owner)?.get(name);
  }

  documents(owner: string): readonly StoredDocument[] {
    return sorted(this.#documents.get(owner) ?? new Map<string, StoredDocument>()).map(([, document]) => document);
  }

  putDocument(owner: string, document: StoredDocument): void {
    this.#documents.set(owner, new Map(this.#documents.get(owner)).set(document.name, document));
  }

  removeDocument(owner: string, name: string): boolean {
    const left = new Map(this.#documents.get(owner));
    const was = left.delete(name);
    if (was) this.#documents.set(owner, left);
    return was;
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

function sorted<T>(of: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...of].sort(([a], [b]) => byText(a, b));
}

function checkKeys(keys: readonly ScramKeys[], digests: readonly DigestVerifier[]): void {
  for (const { hash } of keys) if (hash !== "SHA-1" && hash !== "SHA-256") throw new Error("no such hash");
  for (const { algorithm: each } of digests) if (each !== "MD5" && each !== "SHA-256") throw new Error("no such hash");
}
