import type { Address } from "../base/address.ts";
import type { Fault } from "../base/fault.ts";
import { fault } from "../base/fault.ts";
import type { Listener } from "../base/network.ts";
import type { Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import type { SipPartnerTable } from "../federation/sip-partner.ts";
import { personNamed } from "../sip/person-named.ts";
import { personJid, presenceWord } from "../translate/stanza.ts";
import type { Admission } from "./admission.ts";
import type { Device } from "./device.ts";
import type { MessageDesk } from "./message-desk.ts";
import { MsrpDoor } from "./msrp-door.ts";
import type { OfflineDesk } from "./offline-desk.ts";
import type { OutsideNames } from "./outside-names.ts";
import { Parcel, type Post } from "./parcel.ts";
import type { People } from "./people.ts";
import { PhoneDesk } from "./phone-desk.ts";
import type { PresenceBoard } from "./presence-board.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import type { RetellingDoors } from "./presence-retelling.ts";
import type { PrivacyDesk } from "./privacy-desk.ts";
import type { RosterDesk } from "./roster-desk.ts";
import type { Rosters } from "./rosters.ts";
import type { ListenerSettings, MsrpListenerKind, SipListenerKind } from "./settings.ts";
import { SipConversations } from "./sip-conversations.ts";
import { SipCore } from "./sip-core.ts";
import { SipDeliveries } from "./sip-deliveries.ts";
import { SipFederation } from "./sip-federation.ts";
import type { Flow } from "./sip-flow.ts";
import { SipForeignPresence } from "./sip-foreign-presence.ts";
import { SipGate } from "./sip-gate.ts";
import { SipKept } from "./sip-kept.ts";
import { SipLists } from "./sip-lists.ts";
import { SipMessages } from "./sip-messages.ts";
import { SipOwnPresence } from "./sip-own-presence.ts";
import { SipPages } from "./sip-pages.ts";
import { SipPartnerAddresses } from "./sip-partner-addresses.ts";
import { SipPartnerCheck } from "./sip-partner-check.ts";
import { SipPartnerPresence } from "./sip-partner-presence.ts";
import { SipPartnerWatchers } from "./sip-partner-watchers.ts";
import { SipPartners } from "./sip-partners.ts";
import { SipPeople } from "./sip-people.ts";
import { SipPerson } from "./sip-person.ts";
import { SipPresencePackage } from "./sip-presence-package.ts";
import { SipPublications } from "./sip-publications.ts";
import { SipRegistrations } from "./sip-registrations.ts";
import type { SipRequest } from "./sip-request.ts";
import { SipRests } from "./sip-rests.ts";
import { SipSubscriptions } from "./sip-subscriptions.ts";
import { SipTransactions } from "./sip-transactions.ts";
import { SipTransport } from "./sip-transport.ts";
import { trunkOf } from "./sip-trunks.ts";
import { SipWatcherInfo } from "./sip-watcher-info.ts";
import { SipWays } from "./sip-ways.ts";
import { SipXcap } from "./sip-xcap.ts";
import type { Site } from "./site.ts";

/** What SIP needs of the switchboard. */
export interface SipHall extends Post {
  readonly people: People;
  readonly rosters: Rosters;
  readonly names: OutsideNames;
  readonly messages: MessageDesk;
  readonly offline: OfflineDesk;
  readonly presence: PresenceDesk;
  readonly board: PresenceBoard;
  readonly contacts: RosterDesk;
  readonly privacy: PrivacyDesk;
  /** A local person asks, grants or refuses (RFC 6121 §3), by a parcel between bare addresses. */
  subscriptionSent(parcel: Parcel, type: "subscribe"): void;
}

/**
 * What SIP has to do just now: open connections, registered devices, subscriptions and publications in force, transactions
 * under way either way, messages that no device has taken yet and senders who wait for that, sessions of MSRP, servers left for
 * others because they failed.
 */
export type SipCounts = Readonly<
  Record<
    | "connections"
    | "bindings"
    | "subscriptions"
    | "publications"
    | "transactions"
    | "deliveries"
    | "conversations"
    | "pairs"
    | "msrp"
    | "resting",
    number
  >
>;

/** Everything that speaks SIP in a node, put together. */
export class SipService {
  readonly phones: PhoneDesk;
  readonly people: SipPeople;
  readonly presence: SipPresencePackage;
  readonly xcap: SipXcap;
  readonly federation: SipFederation;
  readonly partners: SipPartners;
  readonly partnerAddresses: SipPartnerAddresses;
  readonly partnerCheck: SipPartnerCheck;
  /** A request of a domain that is no partner; false: nobody has answered it. */
  stranger: (request: SipRequest, domain: Address["domain"]) => boolean = () => false;
  readonly #site: Site;
  readonly #hall: SipHall;
  readonly #transactions: SipTransactions;
  readonly #transport: SipTransport;
  readonly #rests: SipRests;
  readonly #gate: SipGate;
  readonly #registrations: SipRegistrations;
  readonly #deliveries: SipDeliveries;
  readonly #messages: SipMessages;
  readonly #subscriptions: SipSubscriptions;
  readonly #publications: SipPublications;
  readonly #conversations: SipConversations;
  readonly #door: MsrpDoor;
  readonly #partnerPresence: SipPartnerPresence;
  readonly #partnerWatchers: SipPartnerWatchers;
  readonly #kept: SipKept;
  readonly #own: SipOwnPresence;
  /** Connections of each call manager, and when it is believed to be gone. */
  readonly #trunks = new Map<string, { readonly flows: Set<Flow>; readonly gone: Alarm }>();

  constructor(site: Site, hall: SipHall, admission: Admission, gruuSecret: Uint8Array) {
    this.#site = site;
    this.#hall = hall;
    const { board, offline, people, presence, rosters } = hall;
    const transactions = new SipTransactions(site);
    this.#transactions = transactions;
    this.#transport = new SipTransport(site, admission, transactions);
    this.#rests = new SipRests(site);
    const ways = new SipWays(site, this.#transport, this.#rests);
    const deliveries = new SipDeliveries(site, transactions, ways, hall, offline);
    this.#deliveries = deliveries;
    const foreign = new SipForeignPresence(site, hall, board);
    this.people = new SipPeople(site, people, rosters, {
      message: (person, parcel) => deliveries.message(person, parcel),
      copy: (person, way, parcel) => deliveries.copy(person, way, parcel),
      presence: (person, parcel) => foreign.heard(person, parcel),
      // Nothing of XMPP's questions means anything to a SIP device (RFC 6120 §8.2.3: every request is answered).
      request: (_, parcel) => {
        if (parcel.type === "get" || parcel.type === "set") hall.bounce(parcel, fault("service-unavailable"));
      },
    });
    this.phones = new PhoneDesk(site, people, rosters, board, presence, hall);
    const own = new SipOwnPresence(site, board, presence, this.people);
    this.#own = own;
    this.presence = new SipPresencePackage(site, board, rosters, this.people, foreign, {
      subscribe: (watcher, contact) => {
        const [from, to] = [personJid(watcher.text), personJid(contact.text)];
        const bytes = presenceWord(from, to, "subscribe");
        hall.subscriptionSent(new Parcel("presence", "subscribe", undefined, from, to, bytes), "subscribe");
      },
    });
    foreign.changed = (watcher, contact) => this.presence.foreignChanged(watcher, contact);
    const watcherInfo = new SipWatcherInfo(site, rosters, this.people);
    const lists = new SipLists(site, rosters, this.people, this.presence, (service, owner) =>
      this.xcap.served(service, owner),
    );
    this.#subscriptions = new SipSubscriptions(site, transactions, ways, {
      presence: (message, _, watcher) => lists.offer(message, watcher) ?? this.presence.offer(message, watcher),
      "presence.winfo": (message, _, watcher) => watcherInfo.offer(message, watcher),
    });
    this.partners = new SipPartners(site, this.#transport, transactions, this.#rests);
    this.partnerAddresses = new SipPartnerAddresses(site, this.partners);
    const { names } = hall;
    this.partnerCheck = new SipPartnerCheck(site, transactions, this.partners, this.partnerAddresses, names);
    this.#door = new MsrpDoor(site, admission);
    const pages = new SipPages(site, hall, transactions, this.partners, names);
    this.#conversations = new SipConversations(site, hall, transactions, this.partners, names, pages, this.#door);
    this.#kept = new SipKept(site);
    const { partners } = this;
    this.#partnerPresence = new SipPartnerPresence(site, hall, transactions, partners, this.#kept, names);
    partners.proved = (domain) => this.#partnerPresence.proved(domain);
    const watchersDoors = { site, post: hall, board, rosters, presence: this.presence, partners, names };
    this.#partnerWatchers = new SipPartnerWatchers(watchersDoors, this.#kept);
    this.federation = new SipFederation(
      site,
      hall,
      this.partners,
      this.#conversations,
      pages,
      this.#partnerPresence,
      this.#partnerWatchers,
      this.#subscriptions,
      names,
    );
    this.#publications = new SipPublications(site, () => transactions.token(), this.people, board, this.phones);
    this.#registrations = new SipRegistrations(
      site,
      this.people,
      this.#transport,
      {
        came: (person, device) => deliveries.handOver(person, device),
        changed: (person) => own.registrationsChanged(person),
      },
      gruuSecret,
    );
    this.#messages = new SipMessages(
      site,
      {
        route: (parcel) => hall.route(parcel),
        sent: (by, parcel) => this.#sent(by, parcel),
        sipDevice: (bare) => this.people.get(bare),
        needsStanza: (bare) => needsStanza(people.devices(bare)),
      },
      gruuSecret,
    );
    this.#gate = new SipGate(site, admission);
    this.xcap = new SipXcap(site, this.#gate, rosters, hall.contacts, hall.privacy);
    this.xcap.changed = (bare) => lists.changed(bare);
    transactions.join(
      new SipCore(this.#gate, {
        register: (request, person) => this.#registrations.request(request, person),
        message: (request, person) => this.#messages.request(request, person),
        publish: (request, person) => this.#publications.request(request, person),
        subscribe: (request, person) => this.#subscriptions.request(request, person),
        phone: (request) => this.#phone(request),
        foreign: (request) => this.#foreign(request),
        flowClosed: (flow) => this.#flowClosed(flow),
      }),
    );
  }

  /** Administrators have other SIP partners now. */
  setPartners(table: SipPartnerTable): void {
    const remapped = this.partners.set(table);
    this.partnerAddresses.begin();
    if (remapped.size === 0) return;
    const concerned = (domain: string) => remapped.has(this.partners.of(domain)?.domain ?? "");
    this.#partnerPresence.remapped(concerned);
    this.presence.lookAgain(concerned);
  }

  /** People here may be known elsewhere by other names than before (EML-01, EML-07). */
  renamed(): void {
    this.#partnerPresence.renamed();
    this.#partnerWatchers.renamed();
  }

  /** What a change of the settings of presence means for those who watch over SIP, or are there over SIP. */
  get retelling(): RetellingDoors["sip"] {
    const { presence, people } = this;
    return {
      watched: () => [...presence.targets].filter((bare) => this.#site.isLocal(bare.slice(bare.indexOf("@") + 1))),
      judgeAgain: (book) => presence.judgeAgain(book),
      registrationsCount: (bare) => {
        const person = people.get(bare);
        if (person !== undefined) this.#own.registrationsChanged(person);
      },
      showPartnersAgain: () => this.#partnerPresence.remapped(() => true),
    };
  }

  /** Open connections. */
  get open(): number {
    return this.#transport.open + this.#door.open;
  }

  /** How things stand with a partner: for the operator. */
  partnerState(domain: string) {
    return {
      connections: this.partners.connections(domain),
      awayMs: this.#partnerPresence.awayMs(domain),
    };
  }

  /** For the operator. */
  get counts(): SipCounts {
    return {
      connections: this.#transport.open,
      bindings: this.#registrations.count,
      subscriptions: this.#subscriptions.count,
      publications: this.#publications.count,
      transactions: this.#transactions.count,
      deliveries: this.#deliveries.count + this.#messages.count,
      conversations: this.#conversations.open,
      pairs: this.#conversations.remembered,
      msrp: this.#door.sessions,
      resting: this.#rests.count,
    };
  }

  /** What the store remembers of registered devices and of subscriptions with partners. Rejects when it fails. */
  async restore(): Promise<void> {
    await this.#registrations.restore();
    const kept = await this.#kept.all();
    await this.#partnerWatchers.restore(kept, this.#subscriptions);
    this.#partnerPresence.restore(kept);
  }

  listen(listener: ListenerSettings<SipListenerKind | MsrpListenerKind>): Promise<Result<Listener>> {
    const { kind, address, port } = listener;
    if (kind === "msrp-tls" || kind === "msrp-tcp") return this.#door.listen({ kind, address, port });
    return this.#transport.listen(kind, address, port);
  }

  /** An account was removed or has other keys. */
  endAccount(bare: string): void {
    this.#gate.verifiers.forget(bare);
    this.#subscriptions.endWatcher(bare);
    this.#registrations.endPerson(bare);
    this.#transport.forget(bare);
  }

  /** Our people's watchers are told to come again, connections end; what is registered or kept stays in the store. */
  end(_why: Fault): void {
    this.#rests.end();
    this.#subscriptions.stop();
    this.#conversations.end();
    this.#partnerPresence.end();
    this.#transport.end();
    this.#door.end();
  }

  /** Copies for the sender's other devices, SIP ones among them. */
  #sent(by: Pick<Device, "jid">, parcel: Parcel): void {
    const person = this.people.get(by.jid.bare);
    this.#hall.messages.sent(person ?? by, parcel);
    if (person !== undefined && person.bindings.length > 1) person.copy("sent", parcel);
  }

  /** A PUBLISH by a call manager: anybody else's is for the gate. */
  #phone(request: SipRequest): boolean {
    const { flow } = request;
    const trunk = trunkOf(this.#site, flow);
    if (trunk === undefined) return false;
    flow.admitted = true;
    if (flow.reliable) {
      let known = this.#trunks.get(trunk.name);
      if (known === undefined) {
        known = { flows: new Set(), gone: new Alarm(() => this.phones.trunkDown(trunk.name)) };
        this.#trunks.set(trunk.name, known);
      }
      known.flows.add(flow);
      this.#site.wheel.clear(known.gone);
    }
    this.#publications.fromTrunk(request, trunk);
    return true;
  }

  /** Whose From is of a domain that is a SIP partner is judged by what its connection proved, and by nothing else. */
  #foreign(request: SipRequest): boolean {
    const { message } = request;
    const person = message.from === undefined ? undefined : personNamed(message.from.uri);
    if (person?.ok !== true || this.#site.isLocal(person.value.domain)) return false;
    const { domain } = person.value;
    // After a restart it may be known that it speaks SIP, and not yet what proves it.
    const unproved = !this.partners.isConfigured(domain) && !this.partners.proof.knows(domain);
    if (!this.federation.serves(domain) || unproved) return this.stranger(request, domain);
    this.federation.request(request);
    return true;
  }

  #flowClosed(flow: Flow): void {
    this.#registrations.flowClosed(flow);
    for (const domain of this.partners.lost(flow)) this.#partnerPresence.doubts(domain);
    for (const { flows, gone } of this.#trunks.values()) {
      if (!flows.delete(flow) || flows.size > 0) continue;
      this.#site.wheel.set(gone, this.#site.settings.limits.trunkGoneMs);
    }
  }
}

/** Whether what is sent to these devices has to be a stanza: for XMPP devices, and for the store. */
function needsStanza(devices: readonly Device[]): boolean {
  for (const device of devices) if (!(device instanceof SipPerson) || !device.available) return true;
  return devices.length === 0;
}
