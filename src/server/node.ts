import { hex } from "../base/bytes.ts";
import type { DomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import type { Listener } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import type { World } from "../base/world.ts";
import { Denials, denialSubject, storedDenials } from "../federation/denial.ts";
import type { DiscoveredView } from "../federation/discovered.ts";
import type { Discovery } from "../federation/discovery.ts";
import { emailSubject, storedEmails } from "../federation/email-names.ts";
import type { LinkState } from "../federation/link-state.ts";
import type { PartnerAddresses } from "../federation/partner-addresses.ts";
import { partnerSubject, storedPartners } from "../federation/sip-partner-record.ts";
import { throughOurMicrosoft } from "../federation/through-microsoft.ts";
import { personJid } from "../translate/stanza.ts";
import { dialbackKeyer } from "../xmpp/dialback-key.ts";
import { bareJid, type Jid } from "../xmpp/jid.ts";
import { Admission } from "./admission.ts";
import { CalendarDesk } from "./calendar-desk.ts";
import { Clients } from "./clients.ts";
import { type HttpDoor, httpDoor } from "./http-door.ts";
import { credentialsFor } from "./link-security.ts";
import { Links } from "./links.ts";
import { OpenDomains } from "./open-domains.ts";
import type { LineView } from "./phone-desk.ts";
import { PresenceRetelling } from "./presence-retelling.ts";
import { PresenceView } from "./presence-view.ts";
import type { PrivacyDesk } from "./privacy-desk.ts";
import type { SessionView } from "./session-view.ts";
import { isSip, type ListenerSettings, type Settings } from "./settings.ts";
import { type SipCounts, SipService } from "./sip-service.ts";
import type { SipXcap } from "./sip-xcap.ts";
import { Site } from "./site.ts";
import { Switchboard } from "./switchboard.ts";
import type { Tracer } from "./tracer.ts";
import { linkStates, sessionViews } from "./views.ts";

/** What is found out about a SIP partner while a node runs. */
export type PartnerState = {
  readonly addresses: PartnerAddresses | undefined;
  readonly connections: { readonly all: number; readonly ours: number };
  /** For how long it has been looked for in vain. */
  readonly awayMs: number | undefined;
};

/** Where it listens, with the port the system chose where 0 was asked for. */
export type ListenerView = { readonly kind: string; readonly address: string; readonly port: number };

const drainLookMs = 100;

/** Starts a node. Fails with listen-failed, naming address and port, or store-unavailable. */
export async function startNode(world: World, settings: Settings): Promise<Result<Node>> {
  try {
    const node = new Node(world, settings, {
      dialback: await secretOf(world, "dialback"),
      fakeSalt: await secretOf(world, "fake-salt"),
      gruu: await secretOf(world, "gruu"),
    });
    const opened = await node.apply(settings);
    if (!opened.ok) return opened;
    await node.restore();
    return ok(node);
  } catch (error) {
    return no(fault("store-unavailable", error instanceof Error ? error.message : ""));
  }
}

/** A secret of this installation, made once (XEP-0185 §3: it must outlive restarts and be the same on all nodes). */
async function secretOf(world: World, name: string): Promise<Uint8Array> {
  const kept = await world.store.facts.get(name);
  if (kept !== undefined) return kept;
  const secret = world.random.bytes(32);
  await world.store.facts.put(name, secret);
  return secret;
}

/** What a node keeps from run to run that nobody else may know. */
type Secrets = { readonly dialback: Uint8Array; readonly fakeSalt: Uint8Array; readonly gruu: Uint8Array };

/** A running node: its listeners, clients and links around one switchboard. */
export class Node {
  readonly presence: PresenceView;
  readonly privacy: PrivacyDesk;
  readonly calendars: CalendarDesk;
  readonly #site: Site;
  readonly #switchboard: Switchboard;
  readonly #admission: Admission;
  readonly #clients: Clients;
  readonly #links: Links;
  readonly #sip: SipService;
  readonly #open: OpenDomains;
  readonly #retelling: PresenceRetelling;
  readonly #listeners = new Map<string, { readonly view: ListenerView; readonly listener: Listener }>();

  constructor(world: World, settings: Settings, secrets: Secrets) {
    this.#site = new Site(world, settings);
    this.#switchboard = new Switchboard(this.#site);
    this.#admission = new Admission(this.#site);
    this.#clients = new Clients(this.#site, this.#switchboard, this.#admission, secrets.fakeSalt);
    this.#links = new Links(this.#site, this.#switchboard, dialbackKeyer(hex(secrets.dialback)));
    this.#sip = new SipService(this.#site, this.#switchboard, this.#admission, secrets.gruu);
    const { federation } = this.#sip;
    this.#open = new OpenDomains(this.#site, this.#sip.partners, {
      post: this.#switchboard,
      overXmpp: (parcel) => this.#links.send(parcel),
      overSip: (parcel) => federation.send(parcel),
      served: (request) => federation.request(request),
      turnedAway: (request, why) => federation.turnAway(request, why),
      linked: (domain) => this.#links.linked(domain),
      switched: (domain) => {
        federation.enforce();
        this.#switchboard.presence.replay(domain);
      },
    });
    this.#links.came = (domain) => this.#open.cameOverXmpp(domain);
    this.#sip.stranger = (request, domain) => this.#open.request(request, domain);
    this.#site.overSip = (domain) => federation.serves(domain);
    this.#switchboard.joinAbroad({
      send: (parcel) => {
        if (this.#open.send(parcel)) return;
        const { local, domain } = parcel.to;
        const partner = parcel.name === "iq" && local === "" ? this.#sip.partners.of(domain) : undefined;
        if (partner !== undefined && this.#switchboard.requests.aboutPartner(parcel, partner)) return;
        // RT-17: a domain is reached by one protocol, never by both.
        if (federation.serves(domain)) federation.send(parcel);
        else this.#links.send(parcel);
      },
    });
    const { people, rosters, board, privacy, blocking, presence, subscriptions } = this.#switchboard;
    const retold = { site: this.#site, people, rosters, presence, board, subscriptions, sip: this.#sip.retelling };
    this.#retelling = new PresenceRetelling(retold);
    blocking.overSip = (domain) => federation.serves(domain);
    this.presence = new PresenceView(
      this.#site,
      people,
      rosters,
      board,
      this.#sip.presence,
      presence,
      this.#sip.partners,
    );
    this.privacy = privacy;
    this.calendars = new CalendarDesk(this.#site, board);
    world.bus.subscribe(partnerSubject, () => {
      this.#learnPartners().catch(this.#site.storeFailed);
    });
    world.bus.subscribe(emailSubject, () => {
      this.#learnEmails().catch(this.#site.storeFailed);
    });
    world.bus.subscribe(denialSubject, () => {
      this.#learnDenials().catch(this.#site.storeFailed);
    });
    for (const subject of ["account.removed", "account.changed"]) {
      world.bus.subscribe(subject, (payload) => {
        const bare = new TextDecoder().decode(payload);
        this.#clients.endAccount(bare, fault("account-ended"));
        this.#sip.endAccount(bare);
        if (subject === "account.removed") this.calendars.drop(bare);
      });
    }
  }

  get listeners(): readonly ListenerView[] {
    return [...this.#listeners.values()].map(({ view }) => view);
  }

  get tracer(): Tracer {
    return this.#site.tracer;
  }

  sessions(): readonly SessionView[] {
    return sessionViews(this.#switchboard.people);
  }

  phoneLines(): readonly LineView[] {
    return this.#sip.phones.views();
  }

  /** What there is just now. */
  get counts(): { readonly xmppDevices: number; readonly phoneLines: number; readonly sip: SipCounts } {
    const { counts, phones } = this.#sip;
    return { xmppDevices: this.#switchboard.people.xmppCount, phoneLines: phones.count, sip: counts };
  }

  /** Who may connect to the HTTP servers in front of the node. */
  httpDoor(kind: "http" | "xcap"): HttpDoor {
    return httpDoor(this.#site, this.#admission, kind);
  }

  /** XCAP over the people here, for the HTTP server in front of it. */
  get xcap(): SipXcap {
    return this.#sip.xcap;
  }

  links(): readonly LinkState[] {
    return linkStates(this.#links, this.#site.world.clock.now());
  }

  /** SIP devices that were registered before the last stop, and what calendars said. Rejects when the store fails. */
  async restore(): Promise<void> {
    await this.#learnEmails();
    await this.#learnDenials();
    await this.#learnPartners();
    await this.#open.restore();
    await this.calendars.restore();
    await this.#sip.restore();
  }

  /** What a running node knows of a SIP partner beside its settings. */
  partnerState(domain: string): PartnerState {
    return { addresses: this.#sip.partnerAddresses.of(domain), ...this.#sip.partnerState(domain) };
  }

  /** SIP partners whose addresses in DNS are not those expected. */
  get surprisingPartners(): readonly string[] {
    return this.#sip.partnerAddresses.surprising;
  }

  /** Connects to a SIP partner and asks it for a sign of life: each step with what was found. */
  testPartner(domain: string) {
    return this.#sip.partnerCheck.run(domain);
  }

  /** Who is reached over SIP, as administrators have it now. */
  async #learnPartners(): Promise<void> {
    const partners = await storedPartners(this.#site.world.store);
    this.#sip.setPartners(new Map(partners.map((partner) => [partner.domain, partner])));
    this.#enforce();
  }

  /** What people here are called by other domains (EML-02). */
  async #learnEmails(): Promise<void> {
    const { emails, domains } = await storedEmails(this.#site.world.store);
    this.#renaming(() => this.#switchboard.names.set(emails, domains));
  }

  /** What people here are called elsewhere may be another name after `change`. */
  #renaming(change: () => void): void {
    const { people, rosters, names, presence } = this.#switchboard;
    const before = new Map<string, Jid>();
    for (const { jid } of people.all()) if (!before.has(jid.bare)) before.set(jid.bare, names.ours(bareJid(jid)));
    change();
    for (const [bare, was] of before) {
      if (names.ours(personJid(bare)).bare !== was.bare) {
        rosters.use(bare, (book) => presence.renamed(book, was, (parcel) => names.asTheyWere(parcel)));
      }
    }
    this.#sip.renamed();
  }

  async #learnDenials(): Promise<void> {
    this.#site.deny(new Denials(await storedDenials(this.#site.world.store)));
    this.#enforce();
  }

  /** Who may be talked with is another matter now: what goes on with others ends. */
  #enforce(): void {
    const { table } = this.#site;
    for (const { domain } of this.#sip.partners.all) {
      // The file and the partners were written at different times.
      const why = this.#site.isLocal(domain)
        ? "partner-is-ours"
        : table.rowFor(domain) === "own"
          ? "partner-is-xmpp"
          : undefined;
      if (why !== undefined) this.#site.log("warn", "SIP partner configured otherwise too", { domain, fault: why });
    }
    for (const { domain, host } of this.doubtedPartners) {
      const why = "email-through-microsoft";
      this.#site.log("warn", "SIP partner behind a Microsoft server of ours", { domain, host, fault: why });
    }
    this.#open.enforce();
    this.#links.enforce();
    this.#sip.federation.enforce();
  }

  /** EML-10: partners with whom email addresses as names will not work, and the servers that stand in the way. */
  get doubtedPartners(): readonly { readonly domain: string; readonly host: string }[] {
    const { domains } = this.#switchboard.names;
    return [...this.#sip.partners.all].flatMap((partner) =>
      throughOurMicrosoft(partner, domains).map((host) => ({ domain: partner.domain, host })),
    );
  }

  /** Domains nobody configured whose protocol is known. */
  get discovered(): readonly DiscoveredView[] {
    return this.#open.list;
  }

  forgetDiscovered(domain: string): boolean {
    return this.#open.forget(domain);
  }

  /** Asks DNS which protocol a domain speaks. */
  discover(domain: DomainName): Promise<Discovery> {
    return this.#open.look(domain);
  }

  /**
   * Puts other settings in force: opens what listeners are new, closes those that are gone, drops no connection. When a
   * listener cannot be opened, nothing is changed.
   */
  async apply(settings: Settings): Promise<Result<void>> {
    const opened: string[] = [];
    for (const wanted of settings.listeners) {
      const name = nameOf(wanted);
      if (this.#listeners.has(name)) continue;
      const listener = await (isSip(wanted) ? this.#sip.listen(wanted) : this.#listen(wanted, settings));
      if (!listener.ok) {
        await this.#close(opened);
        return listener;
      }
      this.#listeners.set(name, { view: { kind: wanted.kind, ...listener.value.at }, listener: listener.value });
      opened.push(name);
    }
    const wanted = new Set(settings.listeners.map(nameOf));
    await this.#close([...this.#listeners.keys()].filter((name) => !wanted.has(name)));
    const { presence } = this.#site.settings;
    this.#renaming(() => this.#site.adopt(settings));
    this.#enforce();
    this.#retelling.changed(presence);
    return ok(undefined);
  }

  /** Accepts no more, says goodbye on every stream, and resolves when all are closed or limits.drainMs have passed. */
  async drain(): Promise<void> {
    const why = fault("system-shutdown");
    // Before the UDP sockets close: watchers are told to come again.
    this.#sip.end(why);
    await this.#close([...this.#listeners.keys()]);
    this.#clients.endAll(why);
    this.#links.end(why);
    const { wheel, settings, world } = this.#site;
    const latest = world.clock.monotonicMs() + settings.limits.drainMs;
    await new Promise<void>((resolve) => {
      const look = new Alarm(() => {
        const left = this.#clients.open + this.#links.open + this.#sip.open;
        if (left === 0 || world.clock.monotonicMs() >= latest) resolve();
        else wheel.set(look, drainLookMs);
      });
      wheel.set(look, drainLookMs);
    });
    // What was put into the store on the way out must be there before the process goes.
    await world.store.facts.get("dialback");
    wheel.stop();
  }

  #listen({ kind, address, port }: ListenerSettings, settings: Settings): Promise<Result<Listener>> {
    const { world } = this.#site;
    const server = kind === "xmpp-server" || kind === "xmpp-server-tls";
    const direct = kind === "xmpp-client-tls" || kind === "xmpp-server-tls";
    return world.network.listen({
      address,
      port,
      accept: (connection) =>
        this.#admission.accept(kind, connection, (gone) =>
          server ? this.#links.accept(connection, gone) : this.#clients.accept(connection, gone),
        ),
      ...(direct
        ? {
            tls: {
              role: "server" as const,
              // Asked for each connection, so that a reload changes what is shown.
              credentialsFor: (servername: string | undefined) => credentialsFor(this.#site.settings)(servername),
              askCertificate: server,
              alpn: [server ? "xmpp-server" : "xmpp-client"],
              versionMin: settings.versionMin,
            },
          }
        : {}),
    });
  }

  async #close(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#listeners.get(name)?.listener.close();
      this.#listeners.delete(name);
    }
  }
}

function nameOf({ kind, address, port }: ListenerSettings): string {
  return `${kind} ${address} ${port}`;
}
