import { type Address, parseAddress } from "../base/address.ts";
import { wordsFor } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import type { PrivacyRules } from "../base/store.ts";
import { withPresenceRules } from "../presence/privacy-change.ts";
import type { RosterEdit } from "../sip/contact-lists.ts";
import type { ListEntry } from "../sip/resource-lists.ts";
import { parseUri, personOf } from "../sip/uri.ts";
import { type XcapAnswer, xcap } from "../sip/xcap.ts";
import { servedEntries } from "../sip/xcap-services.ts";
import type { XcapContext, XcapSource } from "../sip/xcap-views.ts";
import { sipUriOf } from "../translate/address.ts";
import { personJid } from "../translate/stanza.ts";
import type { PrivacyDesk } from "./privacy-desk.ts";
import type { RosterDesk } from "./roster-desk.ts";
import type { RosterBook, Rosters } from "./rosters.ts";
import type { HttpAsk, SipGate } from "./sip-gate.ts";
import type { Site } from "./site.ts";

/** Where clients find it below the listener's own address; what they are told to use as XCAP root. */
export const xcapRoot = "/xcap-root";

/** An XCAP server (RFC 4825) for local people: their roster as contact lists, their privacy as rules, and documents of theirs. */
export class SipXcap {
  readonly #site: Site;
  readonly #gate: SipGate;
  readonly #rosters: Rosters;
  readonly #contacts: RosterDesk;
  readonly #privacy: PrivacyDesk;
  /** One request of a person at a time: an edit is made of the document that the one before left. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Somebody's documents are others. */
  changed: (bare: string) => void = () => {};

  constructor(site: Site, gate: SipGate, rosters: Rosters, contacts: RosterDesk, privacy: PrivacyDesk) {
    this.#site = site;
    this.#gate = gate;
    this.#rosters = rosters;
    this.#contacts = contacts;
    this.#privacy = privacy;
  }

  /** `host`: what the client calls this server, for links in documents. Never rejects. */
  async answer(
    ask: HttpAsk,
    host: string,
    conditions: { ifMatch?: string; ifNoneMatch?: string; contentType?: string },
  ): Promise<XcapAnswer> {
    const proved = await this.#gate.proveHttp(ask);
    if (!proved.ok) return { status: proved.status, headers: proved.headers, body: new Uint8Array(0) };
    const { who } = proved;
    const before = this.#turns.get(who.text) ?? Promise.resolve();
    // What became of the one before is for its own asker.
    const turn = before.catch(() => {}).then(() => this.#serve(ask, host, conditions, who));
    this.#turns.set(who.text, turn);
    try {
      return await turn;
    } catch (error) {
      this.#site.storeFailed(error);
      return { status: 503, headers: { "Retry-After": "10" }, body: new Uint8Array(0) };
    } finally {
      if (this.#turns.get(who.text) === turn) this.#turns.delete(who.text);
    }
  }

  async #serve(
    ask: HttpAsk,
    host: string,
    { ifMatch, ifNoneMatch, contentType = "" }: { ifMatch?: string; ifNoneMatch?: string; contentType?: string },
    who: Address,
  ): Promise<XcapAnswer> {
    const question = ask.target.indexOf("?");
    const path = question === -1 ? ask.target : ask.target.slice(0, question);
    const book = await this.#rosters.hold(who.text);
    try {
      const answer = await xcap(
        {
          method: ask.method,
          path: path.slice(xcapRoot.length),
          query: question === -1 ? "" : ask.target.slice(question + 1),
          contentType: contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "",
          body: ask.body,
          ifMatch,
          ifNoneMatch,
        },
        this.#context(who, book, host),
      );
      if (ask.method !== "GET" && answer.status < 300) this.changed(who.text);
      this.#site.log("debug", "XCAP", { who: who.text, method: ask.method, status: answer.status });
      return answer;
    } finally {
      this.#rosters.release(book);
    }
  }

  /** Whom a service of a person's stands for (RFC 4826 §4). Rejects when the store fails. */
  async served(service: string, who: Address): Promise<Result<readonly ListEntry[]> | undefined> {
    const book = await this.#rosters.hold(who.text);
    try {
      return await servedEntries(service, this.#context(who, book, who.domain), this.#site.settings.limits);
    } finally {
      this.#rosters.release(book);
    }
  }

  #context(who: Address, book: RosterBook, host: string): XcapContext {
    return {
      user: who,
      uri: sipUriOf(personJid(who.text)),
      root: `https://${host}${xcapRoot}`,
      naming: { uriOf, contactOf },
      source: this.#source(who, book),
      limits: this.#site.settings.limits,
    };
  }

  #source(who: Address, book: RosterBook): XcapSource {
    const { documents } = this.#site.world.store;
    return {
      rosterItems: async () => [...book.items.values()].filter(({ name }) => name !== undefined),
      editRoster: async (edits: readonly RosterEdit[]) => {
        for (const edit of edits) {
          const done =
            edit.kind === "set"
              ? await this.#contacts.set(book, edit)
              : await this.#contacts.remove(book, edit.contact);
          if (!done.ok) this.#site.log("info", "contact not changed", { who: who.text, why: wordsFor(done.fault) });
        }
      },
      privacy: async () => book.privacy,
      setPrivacy: async (rules: PrivacyRules) => {
        // Who was blocked a moment ago stays so.
        const set = await this.#privacy.change(who.text, (now) => withPresenceRules(now, rules));
        if (!set.ok) throw new Error(wordsFor(set.fault));
      },
      stored: (name) => documents.get(who.text, name),
      storedCount: async () => (await documents.list(who.text)).length,
      keep: (document) => documents.put(who.text, document),
      drop: async (name) => void (await documents.remove(who.text, name)),
    };
  }
}

/** A contact as a URI; undefined for a domain alone. */
function uriOf(contact: string): string | undefined {
  return contact.includes("@") ? sipUriOf(personJid(contact)) : undefined;
}

/** Every spelling of somebody's URI as their address; undefined for what is no person's. */
function contactOf(text: string): string | undefined {
  const uri = parseUri(text);
  const person = uri.ok ? personOf(uri.value) : parseAddress(text);
  return person.ok ? person.value.text : undefined;
}
