import type { Result } from "./result.ts";

/** SCRAM keys of one hash (RFC 5802 §3): all that is kept of a password. */
export type ScramKeys = {
  readonly hash: "SHA-1" | "SHA-256";
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/**
 * H(username:realm:password) of one algorithm (RFC 7616 §3.4.2): what is kept for SIP's digest. It opens the account over
 * SIP, so it is guarded like a password; the realm is the account's domain.
 */
export type DigestVerifier = {
  readonly algorithm: "MD5" | "SHA-256";
  /** As the client sends it: "alice", or "alice@ours.example" for clients that send the whole address. */
  readonly username: string;
  readonly realm: string;
  /** 16 or 32 bytes. */
  readonly ha1: Uint8Array;
};

export type Account = {
  /** Bare address, canonical ("alice@ours.example"). */
  readonly address: string;
  readonly keys: readonly ScramKeys[];
  /** None for accounts whose password was set where SIP was off. */
  readonly digests: readonly DigestVerifier[];
  readonly createdAt: number;
};

/** RFC 6121 §2.1.2 with Appendix A: one contact, and where the two subscriptions stand. */
export type RosterItem = {
  /** Bare address of the contact, canonical. */
  readonly contact: string;
  /** Undefined: it has never been in the user's roster (somebody only asked); empty: it is there without a name. */
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly subscription: "none" | "to" | "from" | "both";
  /** We asked, no answer yet. */
  readonly ask: boolean;
  /** They asked, no answer yet ("Pending In"). Items that are only this are not shown in the roster. */
  readonly pendingIn: boolean;
  /** We approved before they asked (RFC 6121 §3.4). */
  readonly approved: boolean;
  /** The stanza they asked with, kept until answered (RFC 6121 §3.1.3). */
  readonly request: Uint8Array | undefined;
};

export type Roster = { readonly version: number; readonly items: readonly RosterItem[] };

export type OfflineMessage = { readonly id: number; readonly stanza: Uint8Array; readonly at: number };

/** One SIP device of a person, registered (RFC 3261 §10, RFC 5626, RFC 5627). */
export type StoredBinding = {
  /** What makes it the same device next time: its instance and reg-id, or its Contact URI (RFC 5626 §6). */
  readonly key: string;
  /** Contact URI as the device wrote it. */
  readonly contact: string;
  /** Header parameters of the Contact, as text beginning with ";", or "". */
  readonly parameters: string;
  /** Path header values, nearest to the device last (RFC 3327). */
  readonly path: readonly string[];
  /** How it is reached, in the registrar's own words: transport and addresses. */
  readonly via: string;
  readonly callId: string;
  readonly cseq: number;
  readonly userAgent: string;
  readonly registeredAt: number;
  readonly expiresAt: number;
};

/**
 * A subscription between somebody here and somebody at a SIP partner (RFC 6665), in the words of whoever keeps it: what a node
 * needs to go on with it after it was stopped or killed.
 */
export type StoredSubscription = {
  /** What tells it from all others. */
  readonly key: string;
  /** Bare address of the person here. */
  readonly local: string;
  /** Bare address of the person at the partner. */
  readonly foreign: string;
  /** Its dialog and how it stands, as JSON. */
  readonly state: string;
  readonly expiresAt: number;
};

/**
 * Whom a person lets see them (SUB-03, SUB-10, SUB-23). `who` is a bare address, a whole domain, or (only to be blocked) the full
 * address of one device.
 *
 * - "allow": sees the person
 * - "hide": sees them offline, and is not told why; their messages come through (RFC 5025)
 * - "block": the same, and nothing of theirs comes through (XEP-0191)
 */
export type PrivacyEntry = { readonly who: string; readonly rule: "allow" | "hide" | "block" };
export type PrivacyRules = {
  /** For those without an entry, and about presence alone: "ask" is the rule until somebody says otherwise. */
  readonly otherwise: "ask" | "allow" | "block";
  readonly entries: readonly PrivacyEntry[];
};

/** What a person's calendar said last, and until when; milliseconds since 1970. */
export type StoredCalendar = {
  /** In the words of whoever keeps it. */
  readonly state: string;
  readonly note: string;
  readonly since: number;
  readonly until: number;
};

/** A document kept for a person by name, byte for byte (XCAP documents that nothing else in the store stands for). */
export type StoredDocument = { readonly name: string; readonly etag: string; readonly content: Uint8Array };

export type AuditEntry = {
  readonly at: number;
  /** Who did it: "cli:<uid>", "api:<name>", "system". */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
};

/**
 * The door to what must last. A promise that resolves means: it survives `kill -9`. Implementations gather the writes of
 * one turn into one transaction. Any method may reject with an Error when the storage is gone (`store-unavailable`).
 */
export interface Store {
  readonly accounts: {
    find(address: string): Promise<Account | undefined>;
    /** account-exists when there is one. */
    add(account: Account): Promise<Result<void>>;
    /** account-unknown when there is none. */
    setKeys(address: string, keys: readonly ScramKeys[], digests: readonly DigestVerifier[]): Promise<Result<void>>;
    /** Removes the account and everything kept for it: roster, messages, bindings, subscriptions, privacy, documents. */
    /** Removes the account and everything kept for it: roster, offline messages, bindings, privacy, calendar, documents. */
    remove(address: string): Promise<Result<void>>;
    /** Addresses, sorted; of one domain or of all. */
    list(domain?: string): Promise<readonly string[]>;
  };
  readonly rosters: {
    load(owner: string): Promise<Roster>;
    /** Writes one item and answers the roster's new version. */
    put(owner: string, item: RosterItem): Promise<number>;
    /** Removes one item and answers the roster's new version. */
    remove(owner: string, contact: string): Promise<number>;
  };
  readonly offline: {
    /** Keeps a message; false when `limit` messages wait already. */
    push(owner: string, stanza: Uint8Array, at: number, limit: number): Promise<number | undefined>;
    /** What waits, oldest first; it stays until dropped. */
    list(owner: string): Promise<readonly OfflineMessage[]>;
    count(owner: string): Promise<number>;
    drop(owner: string, ids: readonly number[]): Promise<void>;
  };
  readonly bindings: {
    /** Everybody's, to begin with. */
    all(): Promise<readonly (readonly [address: string, binding: StoredBinding])[]>;
    /** Writes a binding, in place of the one with its key. */
    put(address: string, binding: StoredBinding): Promise<void>;
    remove(address: string, key: string): Promise<void>;
  };
  readonly subscriptions: {
    /** Everybody's, to begin with. */
    all(): Promise<readonly StoredSubscription[]>;
    /** Writes one, in place of the one with its key. */
    put(subscription: StoredSubscription): Promise<void>;
    remove(key: string): Promise<void>;
  };
  readonly privacy: {
    /** Undefined when the person never said anything. */
    load(owner: string): Promise<PrivacyRules | undefined>;
    put(owner: string, rules: PrivacyRules): Promise<void>;
  };
  readonly calendars: {
    /** Everybody's, to begin with; those whose time is over too. */
    all(): Promise<readonly (readonly [owner: string, word: StoredCalendar])[]>;
    /** In place of what was said before. */
    put(owner: string, word: StoredCalendar): Promise<void>;
    remove(owner: string): Promise<void>;
  };
  readonly documents: {
    get(owner: string, name: string): Promise<StoredDocument | undefined>;
    list(owner: string): Promise<readonly StoredDocument[]>;
    put(owner: string, document: StoredDocument): Promise<void>;
    /** False when there was none. */
    remove(owner: string, name: string): Promise<boolean>;
  };
  /** Small secrets and facts of this installation: the dialback secret, the instance id. */
  readonly facts: {
    get(name: string): Promise<Uint8Array | undefined>;
    put(name: string, value: Uint8Array): Promise<void>;
  };
  readonly audit: {
    append(entry: AuditEntry): Promise<void>;
    /** Newest first. */
    list(limit: number): Promise<readonly AuditEntry[]>;
  };
  close(): Promise<void>;
}
