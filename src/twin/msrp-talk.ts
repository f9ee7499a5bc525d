import { hash } from "node:crypto";
import type { Connection, ConnectionHandler, Credentials, Listener, TlsFacts } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { MsrpEnd, type MsrpEndParts } from "./msrp-end.ts";
import { headerOf, type MsrpFrame, MsrpFrames, writeFrame } from "./msrp-frame.ts";
import { readMsrpSaid, writeMsrpSaid } from "./msrp-sdp.ts";
import type { TwinDoors, TwinOptions } from "./options.ts";
import type { Quirks } from "./quirk.ts";
import type { Violations } from "./violation.ts";

const connectMs = 10_000;
const acceptTypes = "text/plain message/cpim application/im-iscomposing+xml";

/** Everything a stand-in does over MSRP: its listener, its connections, its ends of sessions. */
export class MsrpTalk {
  readonly #doors: TwinDoors;
  readonly #options: TwinOptions;
  readonly #quirks: Quirks;
  readonly #violations: Violations;
  readonly #ends = new Map<string, MsrpEnd>();
  readonly #connections = new Set<Connection>();
  #credentials: Credentials | undefined;
  #listener: Listener | undefined;

  constructor(doors: TwinDoors, options: TwinOptions, quirks: Quirks, violations: Violations) {
    this.#doors = doors;
    this.#options = options;
    this.#quirks = quirks;
    this.#violations = violations;
  }

  /** Listens on a port of its own. Fails with cert-unreadable or listen-failed. */
  async start(): Promise<Result<void>> {
    const { address, transport, identity } = this.#options;
    const { network } = this.#doors;
    if (transport === "tls" && identity !== undefined) {
      const read = network.credentials(identity);
      if (!read.ok) return read;
      this.#credentials = read.value;
    }
    const credentialsFor = () => this.#credentials;
    const tls = { role: "server", credentialsFor, askCertificate: true, versionMin: "TLSv1.2" } as const;
    const listening = await network.listen({
      address,
      port: 0,
      ...(transport === "tls" ? { tls } : {}),
      accept: (connection) => this.#serve(connection, undefined),
    });
    if (!listening.ok) return no(listening.fault);
    this.#listener = listening.value;
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.drop();
    await this.#listener?.close();
  }

  drop(): void {
    const dropped = [...this.#connections];
    this.#connections.clear();
    for (const connection of dropped) connection.destroy();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener?.at.port ?? 0;
  }

  /** A new end, as yet without another. */
  open(parts: Pick<MsrpEndParts, "onMessage" | "onLost">): MsrpEnd {
    const id = this.#id();
    const { address, transport, msrpRelay } = this.#options;
    const end = new MsrpEnd({
      ...parts,
      id,
      uri: `msrp${transport === "tls" ? "s" : ""}://${address}:${this.port}/${id};tcp`,
      relay: msrpRelay ?? "",
      quirks: this.#quirks,
      newId: () => this.#id().slice(0, 20),
      wrong: (rule, what) => this.#violations.add(rule, what),
      drop: () => this.drop(),
    });
    this.#ends.set(id, end);
    return end;
  }

  end(end: MsrpEnd | undefined): void {
    if (end === undefined) return;
    this.#ends.delete(end.parts.id);
    end.end();
  }

  /** Our session description: an offer, or the answer to what the other side said it would do. */
  describe(end: MsrpEnd, answers?: string): string {
    const { address, transport } = this.#options;
    const wanted = ["", "active", "passive", "actpass"][this.#quirks["msrp-setup"]] ?? "actpass";
    const setup =
      answers === undefined
        ? wanted
        : answers === "active"
          ? "passive"
          : answers === "passive"
            ? "active"
            : wanted === "passive"
              ? "passive"
              : "active";
    const { relay, uri } = end.parts;
    return writeMsrpSaid({
      host: address,
      port: setup === "active" ? 9 : this.port,
      secure: transport === "tls",
      path: relay === "" ? uri : `${relay} ${uri}`,
      setup,
      fingerprint: this.#fingerprint,
      types: this.#quirks["msrp-cpim"] === 0 ? acceptTypes : "message/cpim",
    });
  }

  /** Takes what they describe; `offered`: it answers ours. False: it is no session of MSRP. */
  agree(end: MsrpEnd, sdp: string, offered: boolean): boolean {
    const { said, wrong } = readMsrpSaid(sdp);
    for (const [rule, what] of wrong) this.#violations.add(rule, what);
    if (said === undefined) return false;
    if (offered && said.setup === "actpass") this.#violations.add("RFC 4145 §4.1", "actpass in an answer");
    end.theirs = said;
    const wanted = this.#quirks["msrp-setup"];
    const connects = said.setup === "passive" || (said.setup === "actpass" && wanted !== 2) || end.parts.relay !== "";
    if (connects) void this.#connect(end);
    return true;
  }

  async #connect(end: MsrpEnd): Promise<void> {
    const first = (end.parts.relay || end.theirs?.path || "").split(" ")[0] ?? "";
    const [, scheme = "", host = "", port = ""] = /^(msrps?):\/\/([^:/]+|\[[^\]]+\]):(\d+)/.exec(first) ?? [];
    const tls = { role: "client", credentials: this.#credentials, servername: host, versionMin: "TLSv1.2" } as const;
    const connected = await this.#doors.network.connect({
      address: host.replace(/^\[|\]$/g, ""),
      port: Number(port),
      timeoutMs: connectMs,
      ...(scheme === "msrps" ? { tls } : {}),
    });
    if (!connected.ok) {
      this.#violations.add("RFC 4975 §5.4", `nobody listens at ${first}: ${connected.fault.code}`);
      return end.lost();
    }
    const connection = connected.value;
    connection.handler = this.#serve(connection, end);
    if (end.parts.relay === "") this.#prove(end, connection.tls);
    end.greet();
    end.bind(connection);
  }

  /** RFC 8122: who is there is who was described. */
  #prove(end: MsrpEnd, facts: TlsFacts | undefined): void {
    if (end.theirs?.secure !== true) return;
    const [leaf] = facts?.peerChain ?? [];
    if (leaf === undefined) this.#violations.add("RFC 4975 §14.4", "no certificate");
    else if (end.theirs.fingerprint !== printOf(leaf))
      this.#violations.add("RFC 8122 §5", "another certificate than described");
  }

  #serve(connection: Connection, own: MsrpEnd | undefined): ConnectionHandler {
    this.#connections.add(connection);
    const frames = new MsrpFrames();
    let facts = connection.tls;
    const heard = (frame: MsrpFrame): void => {
      const id = /\/([^/;]+);tcp$/.exec(headerOf(frame, "to-path"))?.[1] ?? "";
      const end = this.#ends.get(id);
      if (end === undefined || headerOf(frame, "to-path") !== end.parts.uri) {
        if (frame.method !== "SEND") return;
        this.#violations.add("RFC 4975 §7.3", `To-Path leads to no session here: ${headerOf(frame, "to-path")}`);
        const back = [
          ["To-Path", headerOf(frame, "from-path")],
          ["From-Path", headerOf(frame, "to-path")],
        ] as const;
        connection.write(writeFrame("481 no session", frame.id, back));
        return;
      }
      if (end.connection === undefined) {
        if (end.parts.relay === "") this.#prove(end, facts);
        end.bind(connection);
      }
      end.hear(frame);
    };
    return {
      onData: (bytes) => {
        // What came with the frame it was dropped for is lost with it.
        for (const frame of frames.take(bytes)) if (this.#connections.has(connection)) heard(frame);
        if (frames.broken) this.#violations.add("RFC 4975 §9", "what came is no MSRP");
      },
      onSecure: (said) => {
        facts = said;
      },
      onDrain: () => {},
      onEnd: () => connection.end(),
      onClose: () => {
        this.#connections.delete(connection);
        own?.lost();
        for (const end of [...this.#ends.values()]) if (end.connection === connection) end.lost();
      },
    };
  }

  get #fingerprint(): string {
    const [leaf] = this.#credentials?.chain ?? [];
    if (leaf === undefined) return "";
    return this.#quirks["msrp-wrong-fingerprint"] === 0 ? printOf(leaf) : printOf(Buffer.from("another"));
  }

  #id(): string {
    return Buffer.from(this.#doors.random.bytes(16)).toString("hex");
  }
}

function printOf(certificate: Uint8Array): string {
  const pairs = hash("sha256", certificate, "hex").toUpperCase().match(/../g) ?? [];
  return `sha-256 ${pairs.join(":")}`;
}
