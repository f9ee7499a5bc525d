import { fault } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import type { Element } from "../xml/element.ts";
import { readCarbons } from "../xmpp/carbons.ts";
import { accountDisco, asksDisco, discoPayload, gatewayDisco, mayAskAbout, serverDisco } from "../xmpp/disco.ts";
import { iqPayload, routeIq } from "../xmpp/iq-routing.ts";
import { ns } from "../xmpp/ns.ts";
import { isPing } from "../xmpp/ping.ts";
import { readRoster, rosterResult } from "../xmpp/roster.ts";
import { serverFeatures } from "../xmpp/server-features.ts";
import { asksVersion, versionPayload } from "../xmpp/software-version.ts";
import { type Envelope, resultText } from "../xmpp/stanza.ts";
import type { BlockingDesk } from "./blocking-desk.ts";
import type { Device } from "./device.ts";
import { type Parcel, type Post, written } from "./parcel.ts";
import type { People } from "./people.ts";
import type { RosterDesk } from "./roster-desk.ts";
import type { Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";

/** What disco, version and the handshakes call this program. */
export const product = { name: "Comity", version: "0.1.0" } as const;

/** Requests (RFC 6120 §8.2.3): passed on to devices, or answered by the server for itself and for its people. */
export class RequestDesk {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #contacts: RosterDesk;
  readonly #blocking: BlockingDesk;
  readonly #post: Post;
  readonly #chosen: Device[] = [];

  constructor(site: Site, people: People, rosters: Rosters, contacts: RosterDesk, blocking: BlockingDesk, post: Post) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#contacts = contacts;
    this.#blocking = blocking;
    this.#post = post;
  }

  /** A request or an answer to a local address, from anywhere. */
  arrived(parcel: Parcel): void {
    // XEP-0191 §3.3: for requests service-unavailable, for answers nothing.
    if (this.#blocking.refuses(parcel)) {
      this.#post.bounce(parcel, fault("service-unavailable"));
      return;
    }
    const chosen = this.#chosen;
    chosen.length = 0;
    const { to } = parcel;
    switch (routeIq(parcel.type, to.local, to.resource, this.#people.devices(to.bare), chosen)) {
      case "deliver":
        for (const device of chosen) device.deliver(parcel);
        return;
      case "server":
        // An answer to the server's own pings and pushes needs nothing more done.
        if (parcel.type === "get" || parcel.type === "set") this.#serve(parcel, parcel.type);
        return;
      case "error":
        this.#post.bounce(parcel, fault("service-unavailable"));
        return;
      case "drop":
        return;
    }
  }

  /**
   * A question of somebody here about a domain that is reached over SIP: who it is, in the words an administrator wrote (SET-02,
   * SUB-10); false when it asks something else.
   */
  aboutPartner(parcel: Parcel, { type, description }: Pick<SipPartner, "type" | "description">): boolean {
    const payload = parcel.type === "get" ? iqPayload(parcel.element) : undefined;
    if (payload?.ok !== true || !asksDisco(payload.value)) return false;
    const about = gatewayDisco(type === "aol" ? "aim" : "simple", description);
    this.#answer(parcel, discoPayload(payload.value, about));
    return true;
  }

  #serve(parcel: Parcel, type: "get" | "set"): void {
    const payload = iqPayload(parcel.element);
    if (!payload.ok) {
      this.#post.bounce(parcel, payload.fault);
      return;
    }
    const asked = payload.value;
    const own = parcel.from.bare === parcel.to.bare;
    if (own && asked.ns === ns.roster && asked.name === "query") this.#roster(parcel, type, asked);
    else if (own && type === "set" && readCarbons(asked) !== undefined) this.#carbons(parcel, asked);
    else if (own && asked.ns === ns.blocking) this.#block(parcel, type, asked);
    else if (own && type === "set" && asked.ns === ns.session) this.#answer(parcel, ok(undefined));
    else if (type === "get" && isPing(asked)) this.#ping(parcel);
    else if (type === "get" && asksDisco(asked)) this.#disco(parcel, asked);
    else if (type === "get" && asksVersion(asked) && parcel.to.local === "") {
      this.#answer(parcel, ok(versionPayload(product.name, product.version)));
    } else this.#post.bounce(parcel, fault("service-unavailable"));
  }

  #answer(parcel: Parcel, payload: Result<Element | undefined>): void {
    if (payload.ok) this.#reply(parcel, resultText(envelopeOf(parcel), payload.value));
    else this.#post.bounce(parcel, payload.fault);
  }

  #reply(parcel: Parcel, text: string): void {
    this.#post.route(written("iq", "result", parcel.to, parcel.from, text));
  }

  #ping(parcel: Parcel): void {
    // XEP-0199 §4.2: the server answers for itself, and to a person for that person's own account.
    const entitled = parcel.to.local === "" || parcel.to.bare === parcel.from.bare;
    this.#answer(parcel, entitled ? ok(undefined) : { ok: false, fault: fault("service-unavailable") });
  }

  #disco(parcel: Parcel, query: Element): void {
    const { from, to } = parcel;
    if (to.local === "") {
      this.#answer(parcel, discoPayload(query, serverDisco(product.name, serverFeatures)));
      return;
    }
    this.#rosters.use(to.bare, (book) => {
      if (mayAskAbout(from.bare, to.bare, book.items.get(from.bare)) && !this.#blocking.shuts(book, from)) {
        this.#answer(parcel, discoPayload(query, accountDisco));
      } else this.#post.bounce(parcel, fault("service-unavailable"));
    });
  }

  #carbons(parcel: Parcel, asked: Element): void {
    const device = this.#people.device(parcel.from);
    if (device !== undefined) device.carbons = readCarbons(asked) === "enable";
    this.#answer(parcel, ok(undefined));
  }

  #block(parcel: Parcel, type: "get" | "set", asked: Element): void {
    this.#blocking.serve(parcel, type, asked).then((payload) => this.#answer(parcel, payload), this.#failed(parcel));
  }

  #roster(parcel: Parcel, type: "get" | "set", query: Element): void {
    const owner = parcel.to.bare;
    const request = readRoster(type, query, owner, this.#site.settings.limits);
    if (!request.ok) {
      this.#post.bounce(parcel, request.fault);
      return;
    }
    const asked = request.value;
    this.#rosters.use(
      owner,
      (book) => {
        switch (asked.kind) {
          case "get": {
            const device = this.#people.device(parcel.from);
            if (device !== undefined) device.interested = true; // RFC 6121 §2.2
            this.#reply(parcel, rosterResult(envelopeOf(parcel), asked.version, book.version, book.items.values()));
            return;
          }
          case "set":
            this.#contacts
              .set(book, asked)
              .then((done) => this.#answer(parcel, done.ok ? ok(undefined) : done), this.#failed(parcel));
            return;
          case "remove":
            this.#contacts
              .remove(book, asked.contact, () => this.#answer(parcel, ok(undefined)))
              .then((done) => {
                if (!done.ok) this.#post.bounce(parcel, done.fault);
              }, this.#failed(parcel));
            return;
        }
      },
      () => this.#post.bounce(parcel, fault("store-unavailable")),
    );
  }

  #failed(parcel: Parcel): (error: unknown) => void {
    return (error) => {
      this.#site.storeFailed(error);
      this.#post.bounce(parcel, fault("store-unavailable"));
    };
  }
}

function envelopeOf(parcel: Parcel): Envelope {
  return { name: "iq", from: parcel.from.full, to: parcel.to.full, type: parcel.type, id: parcel.id };
}
