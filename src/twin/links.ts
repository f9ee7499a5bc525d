import { fault } from "../base/fault.ts";
import type { Credentials, Endpoint, Listener, SecureOptions, TlsFacts } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm, type Wheel } from "../base/wheel.ts";
import { type Certificate, readCertificates } from "../pki/certificate.ts";
import { type TrustStore, trustStoreFrom } from "../pki/trust-store.ts";
import { judge } from "../pki/verdict.ts";
import { Link, type LinkOwner } from "./link.ts";
import type { TwinDoors, TwinOptions } from "./options.ts";
import type { Profile } from "./profile.ts";
import type { Quirks } from "./quirk.ts";
import type { Violations } from "./violation.ts";
import { type WireMessage, writeWire } from "./wire-message.ts";

/** What the pool tells those above it. */
export interface LinksOwner {
  onMessage(link: Link, message: WireMessage): void;
  onGone(link: Link): void;
}

const connectMs = 10_000;
const retryMostMs = 30_000;
const greetingMs = 10_000;
const waitingMax = 10_000;

/** All connections with the other side: its own, up to 4, and those the other side opened. */
export class Links implements LinkOwner {
  readonly wheel: Wheel;
  readonly list: Link[] = [];
  at: Endpoint = { address: "", port: 0 };
  host: string;
  readonly #doors: TwinDoors;
  readonly #options: TwinOptions;
  readonly #profile: Profile;
  readonly #quirks: Quirks;
  readonly #violations: Violations;
  readonly #owner: LinksOwner;
  readonly #trusted: TrustStore;
  readonly #waiting: ((link: Link) => void)[] = [];
  readonly #retry: Alarm;
  #credentials: Credentials | undefined;
  #listener: Listener | undefined;
  #nextId = 1;
  #turn = 0;
  #dialling = 0;
  #retryMs = 1_000;
  #closed = false;

  constructor(
    doors: TwinDoors,
    options: TwinOptions,
    inside: {
      readonly wheel: Wheel;
      readonly profile: Profile;
      readonly quirks: Quirks;
      readonly violations: Violations;
      readonly owner: LinksOwner;
    },
  ) {
    this.#doors = doors;
    this.#options = options;
    this.wheel = inside.wheel;
    this.#profile = inside.profile;
    this.#quirks = inside.quirks;
    this.#violations = inside.violations;
    this.#owner = inside.owner;
    this.#trusted = trustStoreFrom([{ name: "trusted", text: options.trusted }]).store;
    this.#retry = new Alarm(() => this.#dial());
    const own = options.identity === undefined ? undefined : readCertificates(options.identity.certificate);
    this.host = options.host ?? (own?.ok ? own.value[0]?.names.dns[0] : undefined) ?? options.domain;
  }

  /** Opens the listener. Fails with cert-unreadable or listen-failed. */
  async start(): Promise<Result<void>> {
    const { address, port, transport, identity } = this.#options;
    if (transport === "tls") {
      if (identity === undefined) return no(fault("cert-missing", "the stand-in has no certificate"));
      const read = this.#doors.network.credentials(identity);
      if (!read.ok) return read;
      this.#credentials = read.value;
    }
    const tls: SecureOptions & { readonly role: "server" } = {
      role: "server",
      credentialsFor: () => this.#credentials,
      askCertificate: true,
      versionMin: "TLSv1.2",
      legacy: this.#profile.legacyTls,
    };
    const listening = await this.#doors.network.listen({
      address,
      port,
      ...(transport === "tls" ? { tls } : {}),
      accept: (connection) => {
        if (this.#closed) return undefined;
        const link = this.#add("in", connection);
        if (transport === "tcp") this.onSecured(link);
        else if (connection.tls !== undefined) link.onSecure(connection.tls);
        return link;
      },
    });
    if (!listening.ok) return listening;
    this.#listener = listening.value;
    this.at = listening.value.at;
    return ok(undefined);
  }

  /** Gives a link that may carry a request, now or as soon as there is one; `same` is the last one of the dialog. */
  withLink(then: (link: Link) => void, same?: Link): void {
    if (this.#owns() < this.#profile.connections) this.#dial();
    const up = this.list.filter((link) => link.isUp);
    const stays = this.#quirks.spread === 0 && same !== undefined && up.includes(same) ? same : undefined;
    const link = stays ?? up[this.#turn++ % Math.max(1, up.length)];
    if (link !== undefined) then(link);
    else if (this.#waiting.length < waitingMax) this.#waiting.push(then);
  }

  /** Whether what comes over a link may speak for a domain (R7). */
  proves(link: Link, domain: string): boolean {
    const { peer, peerDomains, transport } = this.#options;
    const isPartner = peerDomains.includes(domain);
    if (transport === "tcp") return isPartner;
    return link.names(domain) || (isPartner && peer !== undefined && link.names(peer.host));
  }

  /** Breaks every connection, or any one, when asked to in the middle of a message. */
  drop(amid: boolean, one = false): number {
    const any = this.#doors.random.below(Math.max(1, this.list.length));
    const open = one ? this.list.slice(any, any + 1) : [...this.list];
    for (const link of open) {
      if (amid) {
        link.send(Buffer.from(`OPTIONS sip:${this.#options.peerDomains[0]} SIP/2.0\r\nVia: SIP/2.0/TLS cut.of`));
        link.end();
      } else link.close();
    }
    return open.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.wheel.clear(this.#retry);
    this.#waiting.length = 0;
    this.drop(false);
    await this.#listener?.close();
  }

  readonly keepAliveSeconds = (): number => this.#quirks["keep-alive"];
  readonly recordBytes = (): number => this.#quirks["split-records"];

  endOfTurn(then: () => void): void {
    this.#doors.clock.endOfTurn(then);
  }

  fault(rule: string, what: string): void {
    this.#violations.add(rule, what);
  }

  /** Whom the other side is, by its certificate (R7); hangs up on those who cannot say. */
  judge(link: Link, facts: TlsFacts): Certificate | undefined {
    const verdict = judge(facts.peerChain, this.#trusted, this.#doors.clock.now());
    const [leaf] = verdict.path;
    if (!verdict.trusted || leaf === undefined) {
      this.fault("T-1", `certificate not trusted: ${verdict.faults.map(({ code }) => code).join(", ")}`);
      return undefined;
    }
    if (link.direction === "in" && this.#profile.needsClientPurpose && !isForClients(leaf)) {
      this.fault("T-3", "the certificate is not for clients: no clientAuth among its purposes");
      return undefined;
    }
    return leaf;
  }

  onSecured(link: Link) {
    if (link.direction === "out") {
      const host = this.#options.peer?.host ?? "";
      if (this.#options.transport === "tls" && !link.names(host)) {
        this.fault("T-2", `the certificate does not name ${host}`);
        return link.close();
      }
      if (this.#quirks.negotiate !== 0) return this.#greet(link);
    }
    this.#ready(link);
  }

  onMessage(link: Link, message: WireMessage) {
    const isGreeting = message.status > 0 && message.headers.some(([, value]) => /^1\s+NEGOTIATE$/.test(value));
    if (!isGreeting) return this.#owner.onMessage(link, message);
    link.negotiated = message.status;
    if (message.status < 300) this.fault("R8", "NEGOTIATE was agreed to: compression was asked for and granted");
    if (message.status >= 200 && !link.isUp) this.#ready(link);
  }

  onGone(link: Link): void {
    const at = this.list.indexOf(link);
    if (at >= 0) this.list.splice(at, 1);
    this.#owner.onGone(link);
    if (link.direction === "out") this.#again();
  }

  /** MS-SIPCOMP: the first request asks for compression; a refusal leaves all as it is (R8). */
  #greet(link: Link): void {
    const { host } = this;
    const to = `sip:${link.connection.remote.address}:${link.connection.remote.port}`;
    const lines = [
      ["Via", `SIP/2.0/TLS ${host}:${this.at.port};branch=z9hG4bKneg${this.#doors.random.id()}`],
      ["CSeq", "1 NEGOTIATE"],
      ["Call-ID", this.#doors.random.id()],
      ["From", `<sip:${host}:${this.at.port}>;tag=${this.#doors.random.id()}`],
      ["To", `<${to}>`],
      ["Max-Forwards", "0"],
      ["Compression", "LZ77-8K"],
      ["Supported", "NewNegotiate,OCSNative,ECC,IPv6,TlsRecordSplit"],
    ] as const;
    link.negotiated = 0;
    link.send(writeWire(`NEGOTIATE ${to} SIP/2.0`, lines, Buffer.alloc(0)));
    const late = new Alarm(() => {
      if (link.gone || link.isUp) return;
      this.fault("R8", "NEGOTIATE was not answered");
      this.#ready(link);
    });
    this.wheel.set(late, greetingMs);
  }

  #ready(link: Link): void {
    if (!this.#options.peerDomains.some((domain) => this.proves(link, domain))) return;
    link.up();
    this.#retryMs = 1_000;
    for (const then of this.#waiting.splice(0)) this.withLink(then);
  }

  #add(direction: "in" | "out", connection: Link["connection"]): Link {
    const link = new Link(this.#nextId++, direction, connection, this);
    this.list.push(link);
    return link;
  }

  #owns(): number {
    return this.list.filter(({ direction }) => direction === "out").length + this.#dialling;
  }

  /** Opens as many connections as are missing. */
  #dial(): void {
    const { peer } = this.#options;
    if (peer === undefined || this.#closed || this.#retry.isSet) return;
    while (this.#owns() < this.#profile.connections) {
      this.#dialling++;
      void this.#connect(peer);
    }
  }

  async #connect(peer: { readonly address: string; readonly port: number; readonly host: string }): Promise<void> {
    const legacy = this.#profile.legacyTls;
    const credentials = this.#credentials;
    const tls = { role: "client", credentials, servername: peer.host, versionMin: "TLSv1.2", legacy } as const;
    const secure = this.#options.transport === "tls" ? { tls } : {};
    const { address, port } = peer;
    const made = await this.#doors.network.connect({ address, port, timeoutMs: connectMs, ...secure });
    this.#dialling--;
    if (!made.ok) {
      this.#doors.log.write("info", "twin", "the other side cannot be reached", { why: made.fault.code });
      return this.#again();
    }
    if (this.#closed) return made.value.destroy();
    const link = this.#add("out", made.value);
    made.value.handler = link;
    if (this.#options.transport === "tcp") this.onSecured(link);
    else if (made.value.tls !== undefined) link.onSecure(made.value.tls);
  }

  /** Tries again later, each time later than before. */
  #again(): void {
    if (this.#closed || this.#retry.isSet) return;
    this.wheel.set(this.#retry, this.#retryMs);
    this.#retryMs = Math.min(retryMostMs, this.#retryMs * 2);
  }
}

function isForClients(certificate: Certificate): boolean {
  return certificate.extendedKeyUsage?.includes("clientAuth") ?? false;
}
