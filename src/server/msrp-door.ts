import { hex } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import type { Endpoint, Listener } from "../base/network.ts";
import { ok, type Result } from "../base/result.ts";
import { hostAddresses } from "../dns/host-addresses.ts";
import { type Fingerprint, fingerprintOf } from "../sip/msrp-fingerprint.ts";
import type { MsrpDescription } from "../sip/msrp-sdp.ts";
import { msrpPort, msrpUri } from "../sip/msrp-uri.ts";
import type { Admission } from "./admission.ts";
import { credentialsFor, sipClientSecurity } from "./link-security.ts";
import { MsrpConnection } from "./msrp-connection.ts";
import { type MsrpOwner, MsrpSession } from "./msrp-session.ts";
import type { ListenerSettings, MsrpListenerKind } from "./settings.ts";
import type { Site } from "./site.ts";

/** Where a session of ours is, and whether others can connect there. */
export type MsrpPlace = {
  readonly session: MsrpSession;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly listens: boolean;
};

/** RFC 4145 §4.1: the port of one who only connects. */
const discardPort = 9;
/** RFC 4975 §14.1 asks for 80 random bits. */
const sessionIdBytes = 16;

/** All ways MSRP comes in and goes out, and the sessions on them. */
export class MsrpDoor {
  readonly #site: Site;
  readonly #admission: Admission;
  readonly #sessions = new Map<string, MsrpSession>();
  readonly #connections = new Set<MsrpConnection>();
  readonly #listeners = new Set<{ readonly secure: boolean; readonly at: Endpoint }>();

  constructor(site: Site, admission: Admission) {
    this.#site = site;
    this.#admission = admission;
  }

  /** Open connections. */
  get open(): number {
    return this.#connections.size;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async listen({ kind, address, port }: ListenerSettings<MsrpListenerKind>): Promise<Result<Listener>> {
    const { world, settings } = this.#site;
    const secure = kind === "msrp-tls";
    const opened = await world.network.listen({
      address,
      port,
      accept: (connection) => this.#admission.accept(kind, connection, (gone) => this.#adopt(connection, gone)),
      ...(secure
        ? {
            tls: {
              role: "server" as const,
              // Always the one whose fingerprint our descriptions have, whatever name is asked for.
              credentialsFor: () => credentialsFor(this.#site.settings)(undefined),
              askCertificate: true,
              versionMin: settings.versionMin,
            },
          }
        : {}),
    });
    if (!opened.ok) return opened;
    const listener = opened.value;
    const own = { secure, at: listener.at };
    this.#listeners.add(own);
    return ok({
      at: listener.at,
      close: async () => {
        this.#listeners.delete(own);
        await listener.close();
      },
    });
  }

  /** A new session; undefined when there are too many. `seen`: our address as the other side's SIP server sees it. */
  make(secure: boolean, seen: Endpoint, owner: MsrpOwner): MsrpPlace | undefined {
    const { settings, world } = this.#site;
    if (this.#sessions.size >= settings.limits.msrpSessionsMax) return undefined;
    const listener = [...this.#listeners].find((each) => each.secure === secure);
    const host = settings.sip.msrp.host ?? settings.sip.advertise ?? seen.address;
    const port = listener === undefined ? discardPort : (settings.sip.msrp.port ?? listener.at.port);
    const id = hex(world.random.bytes(sessionIdBytes));
    const session = new MsrpSession(
      {
        site: this.#site,
        dial: (made, theirs) => void this.#dial(made, theirs).catch(this.#site.storeFailed),
        ended: (made) => {
          this.#sessions.delete(made.id);
          this.#count();
        },
      },
      owner,
      id,
      msrpUri(secure, host, port, id),
      secure,
    );
    this.#sessions.set(id, session);
    this.#count();
    return { session, host: host.replace(/^\[|\]$/g, ""), port, listens: listener !== undefined };
  }

  /** Of the certificate we show (RFC 8122). */
  get fingerprint(): Fingerprint | undefined {
    const [leaf] = credentialsFor(this.#site.settings)(undefined)?.chain ?? [];
    return leaf === undefined ? undefined : fingerprintOf(leaf);
  }

  end(): void {
    for (const connection of this.#connections) connection.end();
  }

  #count(): void {
    this.#site.world.metrics.series("comity_msrp_sessions").set(this.#sessions.size);
  }

  #adopt(connection: ConstructorParameters<typeof MsrpConnection>[1], gone: () => void): MsrpConnection {
    const made = new MsrpConnection(this.#site, connection, {
      session: (id) => this.#sessions.get(id),
      gone: () => {
        this.#connections.delete(made);
        gone();
      },
    });
    this.#connections.add(made);
    return made;
  }

  /** To the first hop of their path, each of its addresses in turn (RFC 4975 §5.4). */
  async #dial(session: MsrpSession, theirs: MsrpDescription): Promise<void> {
    const { settings, world } = this.#site;
    const [hop] = theirs.path;
    if (hop === undefined) return;
    // RFC 6714 §4: a middlebox has put itself into the c= and m= lines alone.
    const behind = theirs.cema && theirs.path.length === 1 && theirs.address !== "" && theirs.port !== discardPort;
    const host = behind ? theirs.address : hop.host;
    const port = behind ? theirs.port : (hop.port ?? msrpPort);
    const addresses = await hostAddresses(world.resolver, host);
    let why = addresses.ok ? fault("msrp-no-connection", host) : addresses.fault;
    for (const { address } of addresses.ok ? addresses.value : []) {
      const connected = await world.network.connect({
        address,
        port,
        timeoutMs: settings.limits.connectMs,
        ...(theirs.secure ? { tls: sipClientSecurity(settings, hop.host) } : {}),
      });
      if (!connected.ok) {
        why = fault("msrp-no-connection", `${host} port ${port}: ${connected.fault.code}`);
        continue;
      }
      const connection = this.#adopt(connected.value, () => {});
      connected.value.handler = connection;
      session.connected(connection);
      return;
    }
    session.lost(why);
  }
}
