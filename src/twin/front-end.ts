import { fault } from "../base/fault.ts";
import type { Connection, Credentials, Endpoint, Listener } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { hostIn, personIn, readAddress } from "./address-text.ts";
import { type Answer, answerLines } from "./answer.ts";
import { ClientLink, type ClientLinkOwner } from "./client-link.ts";
import { diagnostic } from "./diagnostics.ts";
import type { Edge, Incoming } from "./edge.ts";
import type { Link } from "./link.ts";
import type { ClientOptions, TwinDoors, TwinOptions } from "./options.ts";
import { OwnEvents } from "./own-events.ts";
import { serve } from "./own-services.ts";
import type { Persona, PersonState } from "./persona.ts";
import { register } from "./registrar.ts";
import { Relay } from "./relay.ts";
import { Roaming } from "./roaming.ts";
import { lineOf, valuesOf, type WireMessage } from "./wire-message.ts";

/** What the front end, where real clients sign in, tells the stand-in. */
export type FrontEndOwner = {
  /** A client says how its person is; "offline" when the last one is gone. */
  state(persona: Persona, state: PersonState): void;
  blocked(persona: Persona, who: string, blocked: boolean): void;
};

const clientsMax = 50;

/**
 * The server behind the edge, where real clients of the stand-in's people sign in: registrar, what Microsoft's clients ask
 * after it, and the proxy to the other side. A person whose client is signed in is no longer played: the client answers.
 */
export class FrontEnd implements ClientLinkOwner {
  /** Where clients reach it, once it has started. */
  at: { readonly tls?: Endpoint; readonly tcp?: Endpoint } = {};
  readonly #doors: TwinDoors;
  readonly #options: TwinOptions;
  readonly #clients: ClientOptions;
  readonly #edge: Edge;
  readonly #owner: FrontEndOwner;
  readonly #relay: Relay;
  readonly #events: OwnEvents;
  readonly #roaming = new Map<Persona, Roaming>();
  readonly #links = new Set<ClientLink>();
  readonly #listeners: Listener[] = [];
  #credentials: Credentials | undefined;
  #nextCid = 0x5f00;

  constructor(doors: TwinDoors, options: TwinOptions, clients: ClientOptions, edge: Edge, owner: FrontEndOwner) {
    this.#doors = doors;
    this.#options = options;
    this.#clients = clients;
    this.#edge = edge;
    this.#owner = owner;
    this.#relay = new Relay(edge);
    this.#events = new OwnEvents({
      id: () => doors.random.id(),
      host: () => edge.pen().host,
      answer: (client, request, answer, tag) => this.#answer(client, request, answer, tag),
    });
  }

  /** Opens its listeners. Fails with cert-missing, cert-unreadable or listen-failed. */
  async start(): Promise<Result<void>> {
    const { tlsPort, tcpPort } = this.#clients;
    const { identity } = this.#options;
    if (tlsPort !== undefined) {
      if (identity === undefined) return no(fault("cert-missing", "the stand-in has no certificate for its clients"));
      const read = this.#doors.network.credentials(identity);
      if (!read.ok) return read;
      this.#credentials = read.value;
      const tls = await this.#listen("tls", tlsPort);
      if (!tls.ok) return tls;
      this.at = { ...this.at, tls: tls.value };
    }
    if (tcpPort !== undefined) {
      const tcp = await this.#listen("tcp", tcpPort);
      if (!tcp.ok) return tcp;
      this.at = { ...this.at, tcp: tcp.value };
    }
    return ok(undefined);
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  /** The client a person is signed in with. */
  clientOf(persona: Persona): ClientLink | undefined {
    return [...this.#links].find((link) => link.persona === persona);
  }

  /** Whether somebody is on a person's contact list. */
  hasContact(persona: Persona, who: string): boolean {
    return this.#of(persona).contacts.includes(who);
  }

  /** A request of the other side that opens a session with somebody whose client is signed in: true when it went there. */
  takes({ request, persona, link, dialog }: Incoming): boolean {
    if (dialog !== undefined || persona === undefined || request.method !== "INVITE") return false;
    const client = this.clientOf(persona);
    return client !== undefined && this.#relay.in(client, link, request);
  }

  /** A request in a dialog that is none of the edge's: true when it went to a client, or was refused for its route. */
  takesStray(link: Link, request: WireMessage): boolean {
    const wanted = [request.uri, ...valuesOf(request, "route").map((route) => readAddress(route).uri)];
    const client = [...this.#links].find(({ gruu }) => gruu !== "" && wanted.includes(gruu));
    if (client === undefined) return false;
    if (this.#relay.in(client, link, request)) return true;
    const callId = lineOf(request, "call-id");
    const what = `Route or Request-URI of ${request.method} did not come back byte for byte`;
    this.#edge.parts.violations.add("R3", what, callId);
    return false;
  }

  /** Somebody of the other side began to watch a person. */
  watched(persona: Persona, who: string) {
    const client = this.clientOf(persona);
    const roaming = this.#of(persona);
    if (client === undefined || roaming.contacts.includes(who)) return;
    this.#events.tell(client, "vnd-microsoft-roaming-self", roaming.newSubscriber(who));
  }

  onMessage(client: ClientLink, message: WireMessage) {
    if (message.method === "") {
      if (client.isSigned(message)) this.#relay.answered(message);
      return;
    }
    if (message.method === "REGISTER") return this.#register(client, message);
    const from = readAddress(lineOf(message, "from"));
    const { persona } = client;
    if (persona === undefined || !client.isSigned(message)) {
      this.#note(client, `${message.method} of a client that has not signed it`);
      return this.#answer(client, message, { status: 403, diagnostics: diagnostic(4004) });
    }
    if (personIn(from.uri) !== personIn(persona.uri)) {
      return this.#answer(client, message, { status: 403, diagnostics: diagnostic(4004) });
    }
    const to = readAddress(lineOf(message, "to")).uri;
    if (this.#options.peerDomains.includes(hostIn(to))) return this.#relay.out(client, message);
    if (message.method === "ACK") return;
    if (message.method === "SERVICE") return this.#serve(client, persona, message);
    if (message.method === "SUBSCRIBE" && personIn(to) === personIn(persona.uri)) {
      return this.#events.subscribe(client, message, this.#of(persona));
    }
    const known = hostIn(to) === this.#options.domain;
    this.#answer(
      client,
      message,
      known ? { status: 480, diagnostics: diagnostic(15) } : { status: 404, diagnostics: diagnostic(1005) },
    );
  }

  onGone(client: ClientLink): void {
    this.#links.delete(client);
    this.#leave(client);
  }

  broken(client: ClientLink, why: string): void {
    this.#note(client, `a stream that cannot be read: ${why}`);
  }

  async #listen(transport: "tls" | "tcp", port: number): Promise<Result<Endpoint>> {
    const tls = {
      role: "server",
      credentialsFor: () => this.#credentials,
      askCertificate: false,
      versionMin: "TLSv1.2",
      legacy: this.#edge.parts.profile.legacyTls,
    } as const;
    const accept = (connection: Connection) => {
      if (this.#links.size >= clientsMax) return undefined;
      const link = new ClientLink(connection, transport, (this.#nextCid++).toString(16).toUpperCase(), this);
      this.#links.add(link);
      return link;
    };
    const { address } = this.#options;
    const made = await this.#doors.network.listen({ address, port, accept, ...(transport === "tls" ? { tls } : {}) });
    if (!made.ok) return made;
    this.#listeners.push(made.value);
    return ok(made.value.at);
  }

  #register(client: ClientLink, request: WireMessage) {
    const { profile, personas } = this.#edge.parts;
    const { domain } = this.#options;
    const { host } = this.#edge.pen();
    const { password } = this.#clients;
    const parts = { random: this.#doors.random, domain, host, server: profile.server, password, personas };
    const before = client.persona;
    const { status, headers, expires } = register(client, request, parts);
    this.#answer(client, request, { status, headers });
    const { persona } = client;
    if (status !== 200 || persona === undefined) return;
    if (expires === 0) return this.#leave(client);
    if (before === persona) return;
    this.#note(client, "a client has signed in");
    // One device each: a newer one takes the older one's place.
    for (const other of this.#links) if (other !== client && other.persona === persona) other.close();
  }

  #leave(client: ClientLink) {
    const { persona } = client;
    if (persona === undefined) return;
    this.#note(client, "a client has signed out");
    client.persona = undefined;
    client.gruu = "";
    this.#relay.gone(client);
    this.#events.gone(client);
    this.#of(persona).forgetEndpoint();
    if (this.clientOf(persona) === undefined) this.#owner.state(persona, "offline");
  }

  #serve(client: ClientLink, persona: Persona, request: WireMessage) {
    const roaming = this.#of(persona);
    const now = new Date(this.#doors.clock.now()).toISOString();
    const { status, contentType, body, published, blocked } = serve(request, roaming, now);
    this.#answer(client, request, { status, ...(contentType === undefined ? {} : { contentType, body: body ?? "" }) });
    if (blocked !== undefined) this.#events.tell(client, "vnd-microsoft-roaming-self", roaming.members);
    for (const [who, isBlocked] of blocked ?? []) this.#owner.blocked(persona, who, isBlocked);
    if (published && status === 200) this.#owner.state(persona, roaming.state);
  }

  #answer(client: ClientLink, request: WireMessage, answer: Answer, tag = this.#doors.random.id()) {
    if (request.method === "ACK") return;
    const { profile } = this.#edge.parts;
    const [start, headers] = answerLines(request, answer, { profile, host: this.#edge.pen().host, tag });
    client.send(start, headers, Buffer.from(answer.body ?? ""));
  }

  #of(persona: Persona): Roaming {
    let roaming = this.#roaming.get(persona);
    if (roaming === undefined) {
      roaming = new Roaming(persona.uri);
      this.#roaming.set(persona, roaming);
    }
    return roaming;
  }

  #note(client: ClientLink, what: string) {
    const { persona, userAgent, from } = client;
    this.#doors.log.write("info", "twin", what, { person: persona?.name ?? "", from, userAgent });
  }
}
