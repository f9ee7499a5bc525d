import type { Clock } from "../base/clock.ts";
import type { Store } from "../base/store.ts";
import type { Plan } from "./plan.ts";
import type { SimRandom } from "./random.ts";
import { StoreState } from "./store-state.ts";

/** What outlives the process that wrote it. */
export class SimDisk {
  state = new StoreState();
}

type Waiting = { readonly settle: () => void; readonly reject: (error: Error) => void };
type Transaction = { readonly writes: ((state: StoreState) => void)[]; readonly waiting: Waiting[] };

export type SimStoreOptions = {
  readonly disk: SimDisk;
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly plan: Plan;
};

/**
 * A store in memory over a disk. The writes of one turn are one transaction; it lasts, and its promises resolve, after the
 * plan's delay, in order. A crash loses what had not resolved, or some of it: a transaction may have reached the disk
 * though nobody was told any more.
 */
export class SimStore implements Store {
  readonly accounts: Store["accounts"];
  readonly rosters: Store["rosters"];
  readonly offline: Store["offline"];
  readonly bindings: Store["bindings"];
  readonly subscriptions: Store["subscriptions"];
  readonly privacy: Store["privacy"];
  readonly documents: Store["documents"];
  readonly calendars: Store["calendars"];
  readonly facts: Store["facts"];
  readonly audit: Store["audit"];
  readonly #options: SimStoreOptions;
  #live: StoreState;
  #turn: Transaction | undefined;
  #underWay: Transaction[] = [];
  #lastAtMs = 0;
  #open = true;

  constructor(options: SimStoreOptions) {
    this.#options = options;
    this.#live = options.disk.state.copy();
    this.accounts = {
      find: (address) => this.#read((state) => state.account(address)),
      add: (account) => this.#write((state) => state.addAccount(account)),
      setKeys: (address, keys, digests) => this.#write((state) => state.setKeys(address, keys, digests)),
      remove: (address) => this.#write((state) => state.removeAccount(address)),
      list: (domain) => this.#read((state) => state.addresses(domain)),
    };
    this.rosters = {
      load: (owner) => this.#read((state) => state.roster(owner)),
      put: (owner, item) => this.#write((state) => state.putItem(owner, item)),
      remove: (owner, contact) => this.#write((state) => state.removeItem(owner, contact)),
    };
    this.offline = {
      push: (owner, stanza, at, limit) => this.#write((state) => state.pushMessage(owner, stanza, at, limit)),
      list: (owner) => this.#read((state) => state.messages(owner)),
      count: (owner) => this.#read((state) => state.messages(owner).length),
      drop: (owner, ids) => this.#write((state) => state.dropMessages(owner, ids)),
    };
    this.bindings = {
      all: () => this.#read((state) => state.bindings()),
      put: (owner, binding) => this.#write((state) => state.putBinding(owner, binding)),
      remove: (owner, key) => this.#write((state) => state.removeBinding(owner, key)),
    };
    this.subscriptions = {
      all: () => this.#read((state) => state.subscriptions()),
      put: (subscription) => this.#write((state) => state.putSubscription(subscription)),
      remove: (key) => this.#write((state) => state.removeSubscription(key)),
    };
    this.privacy = {
      load: (owner) => this.#read((state) => state.privacy(owner)),
      put: (owner, rules) => this.#write((state) => state.putPrivacy(owner, rules)),
    };
    this.documents = {
      get: (owner, name) => this.#read((state) => state.document(owner, name)),
      list: (owner) => this.#read((state) => state.documents(owner)),
      put: (owner, document) => this.#write((state) => state.putDocument(owner, document)),
      remove: (owner, name) => this.#write((state) => state.removeDocument(owner, name)),
    };
    this.calendars = {
      all: () => this.#read((state) => state.calendars()),
      put: (owner, word) => this.#write((state) => state.putCalendar(owner, word)),
      remove: (owner) => this.#write((state) => state.removeCalendar(owner)),
    };
    this.facts = {
      get: (name) => this.#read((state) => state.fact(name)),
      put: (name, value) => this.#write((state) => state.putFact(name, value)),
    };
    this.audit = {
      append: (entry) => this.#write((state) => state.appendAudit(entry)),
      list: (limit) => this.#read((state) => state.audit(limit)),
    };
  }

  async close(): Promise<void> {
    while (this.#underWay.length > 0) this.#commit();
    this.#turn = undefined;
    this.#open = false;
  }

  /** The process is gone. Nothing resolves any more; how many of the transactions under way lasted, the seed says. */
  crash(): void {
    const lasted = this.#options.random.below(this.#underWay.length + 1);
    for (const transaction of this.#underWay.slice(0, lasted)) this.#apply(transaction);
    this.#underWay = [];
    this.#turn = undefined;
    this.#open = false;
  }

  #write<T>(work: (state: StoreState) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(unavailable("the store is closed"));
      try {
        const value = work(this.#live);
        const { writes, waiting } = this.#thisTurn();
        writes.push(work);
        waiting.push({ settle: () => resolve(value), reject });
      } catch (error) {
        reject(unavailable(String(error)));
      }
    });
  }

  #read<T>(work: (state: StoreState) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(unavailable("the store is closed"));
      const value = work(this.#live);
      // What it saw is told only when it lasts.
      const last = this.#turn ?? this.#underWay.at(-1);
      if (last !== undefined) last.waiting.push({ settle: () => resolve(value), reject });
      else this.#options.clock.after(0, () => resolve(value));
    });
  }

  #thisTurn(): Transaction {
    if (this.#turn !== undefined) return this.#turn;
    const transaction: Transaction = { writes: [], waiting: [] };
    this.#turn = transaction;
    this.#underWay.push(transaction);
    const { clock, random, plan } = this.#options;
    clock.endOfTurn(() => {
      if (this.#turn === transaction) this.#turn = undefined;
      this.#lastAtMs = Math.max(this.#lastAtMs, clock.monotonicMs() + random.between(plan.storeMs));
      clock.after(this.#lastAtMs - clock.monotonicMs(), () => {
        if (this.#underWay[0] !== transaction) return; // closed, failed or crashed meanwhile
        if (random.chance(plan.storeFailureChance)) this.#fail();
        else this.#commit();
      });
    });
    return transaction;
  }

  #commit(): void {
    const transaction = this.#underWay.shift();
    if (transaction === undefined) return;
    this.#apply(transaction);
    for (const { settle } of transaction.waiting) settle();
  }

  #apply(transaction: Transaction): void {
    for (const write of transaction.writes) write(this.#options.disk.state);
  }

  /** The disk is full, say: nothing that is under way lasts. */
  #fail(): void {
    const lost = this.#underWay;
    this.#underWay = [];
    this.#turn = undefined;
    this.#live = this.#options.disk.state.copy();
    for (const { waiting } of lost) for (const { reject } of waiting) reject(unavailable("a simulated failure"));
  }
}

function unavailable(why: string): Error {
  return new Error(`store-unavailable: ${why}`);
}
