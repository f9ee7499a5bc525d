import type { PrivacyRules, RosterItem } from "../base/store.ts";
import type { Site } from "./site.ts";

/** One person's roster while somebody needs it. */
export class RosterBook {
  readonly owner: string;
  readonly items = new Map<string, RosterItem>();
  version = 0;
  /** Whom its owner lets see them, beside what the items say; undefined when they never said anything. */
  privacy: PrivacyRules | undefined;
  /** @internal how many hold it */
  holders = 0;
  /** @internal settled once it is loaded */
  loaded: Promise<void> | undefined;

  constructor(owner: string) {
    this.owner = owner;
  }
}

/** Told of each change of an item, once it is in memory; `contact` undefined: the owner's privacy lists are others. */
export type RosterListener = (book: RosterBook, contact: string | undefined) => void;

/**
 * Rosters in memory: loaded once for all who need one at a time, changed in memory first and at once in the store, so that
 * what a stanza changes the next one sees. A book lives as long as it is held.
 */
export class Rosters {
  readonly #site: Site;
  readonly #books = new Map<string, RosterBook>();
  readonly #listeners: RosterListener[] = [];

  constructor(site: Site) {
    this.#site = site;
  }

  listen(listener: RosterListener): void {
    this.#listeners.push(listener);
  }

  /** The book of a person who is signed in; undefined when nobody holds it or it is still loading. */
  peek(owner: string): RosterBook | undefined {
    const book = this.#books.get(owner);
    return book?.loaded === undefined ? book : undefined;
  }

  /** Takes hold of a person's roster; give it back with `release`. */
  async hold(owner: string): Promise<RosterBook> {
    let book = this.#books.get(owner);
    if (book === undefined) {
      book = new RosterBook(owner);
      this.#books.set(owner, book);
      book.loaded = this.#load(book);
    }
    book.holders++;
    try {
      await book.loaded;
    } catch (error) {
      this.release(book);
      throw error;
    }
    return book;
  }

  release(book: RosterBook): void {
    book.holders--;
    if (book.holders === 0 && this.#books.get(book.owner) === book) this.#books.delete(book.owner);
  }

  /** Does something with a roster that may have to be loaded first; a failing store is logged and answered by `failed`. */
  use(owner: string, then: (book: RosterBook) => void, failed: () => void = () => {}): void {
    const book = this.peek(owner);
    if (book !== undefined) {
      then(book);
      return;
    }
    this.hold(owner).then(
      (held) => {
        then(held);
        this.release(held);
      },
      (error) => {
        this.#site.storeFailed(error);
        failed();
      },
    );
  }

  /** Changes one item: in memory now; the promise answers the new version when it lasts. */
  put(book: RosterBook, item: RosterItem): Promise<number> {
    book.items.set(item.contact, item);
    this.#tell(book, item.contact);
    return this.#kept(book, this.#site.world.store.rosters.put(book.owner, item));
  }

  /** Removes one item: from memory now; the promise answers the new version when it lasts. */
  remove(book: RosterBook, contact: string): Promise<number> {
    book.items.delete(contact);
    this.#tell(book, contact);
    return this.#kept(book, this.#site.world.store.rosters.remove(book.owner, contact));
  }

  /** Changes whom the owner lets see them: in memory now; the promise resolves when it lasts. */
  async setPrivacy(book: RosterBook, rules: PrivacyRules): Promise<void> {
    book.privacy = rules;
    this.#tell(book, undefined);
    book.holders++;
    try {
      await this.#site.world.store.privacy.put(book.owner, rules);
    } finally {
      this.release(book);
    }
  }

  #tell(book: RosterBook, contact: string | undefined): void {
    for (const listener of this.#listeners) listener(book, contact);
  }

  async #kept(book: RosterBook, write: Promise<number>): Promise<number> {
    book.holders++;
    try {
      const version = await write;
      book.version = Math.max(book.version, version);
      return version;
    } finally {
      this.release(book);
    }
  }

  async #load(book: RosterBook): Promise<void> {
    const { rosters, privacy } = this.#site.world.store;
    const [roster, rules] = await Promise.all([rosters.load(book.owner), privacy.load(book.owner)]);
    book.privacy = rules;
    book.version = roster.version;
    for (const item of roster.items) book.items.set(item.contact, item);
    book.loaded = undefined;
  }
}
