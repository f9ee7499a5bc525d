import type { Fault } from "../base/fault.ts";
import type { Connection, ConnectionHandler } from "../base/network.ts";
import { readAuthLine } from "./auth-line.ts";
import { type NtlmKeys, sign } from "./ntlm.ts";
import type { Persona } from "./persona.ts";
import { signedText } from "./signed-text.ts";
import { type HeaderLine, lineOf, type WireMessage, writeWire } from "./wire-message.ts";
import { WireReader } from "./wire-reader.ts";

/** What the connection of a real client tells the front end. */
export interface ClientLinkOwner {
  onMessage(link: ClientLink, message: WireMessage): void;
  onGone(link: ClientLink): void;
  broken(link: ClientLink, why: string): void;
}

/** The security association of a client that has proved who it is (MS-SIPAE). */
export type Association = {
  readonly opaque: string;
  readonly realm: string;
  readonly target: string;
  readonly keys: NtlmKeys;
};

/** The connection of one real client with the stand-in's front end. */
export class ClientLink implements ConnectionHandler {
  readonly connection: Connection;
  readonly transport: "tls" | "tcp";
  /** In ms-received-cid of its Vias. */
  readonly cid: string;
  /** Whose client it is, once it is registered. */
  persona: Persona | undefined;
  /** Where requests to this very client go, without brackets; "" before it is registered. */
  gruu = "";
  epid = "";
  userAgent = "";
  association: Association | undefined;
  /** The challenge that waits for its answer. */
  challenge: { readonly opaque: string; readonly bytes: Uint8Array } | undefined;
  gone = false;
  readonly #owner: ClientLinkOwner;
  readonly #reader = new WireReader();
  #signed = 0;

  constructor(connection: Connection, transport: "tls" | "tcp", cid: string, owner: ClientLinkOwner) {
    this.connection = connection;
    this.transport = transport;
    this.cid = cid;
    this.#owner = owner;
  }

  /** Where it is, for people. */
  get from(): string {
    const { address, port } = this.connection.remote;
    return `${address} port ${port}`;
  }

  /** Writes a message; signed as soon as there are keys for it. */
  send(start: string, headers: readonly HeaderLine[], body: Uint8Array): void {
    if (this.gone) return;
    const signature = this.#signature(start, headers, body);
    this.connection.write(writeWire(start, signature === undefined ? headers : [...headers, signature], body));
  }

  /** Whether the client's own keys have signed this message. */
  isSigned(message: WireMessage): boolean {
    const { association } = this;
    if (association === undefined) return false;
    const said = readAuthLine(lineOf(message, "authorization"), "NTLM");
    const { realm, target, keys } = association;
    const by = { rand: said?.get("crand") ?? "", num: said?.get("cnum") ?? "", realm, target };
    const wanted = sign(signedText(message, by), keys.clientSign, keys.clientSeal);
    return said?.get("response")?.toLowerCase() === wanted;
  }

  close(): void {
    if (!this.gone) this.connection.end();
    this.#leave();
  }

  onData(bytes: Uint8Array): void {
    for (const item of this.#reader.push(bytes)) {
      if (this.gone) return;
      if (item.kind === "message") this.#owner.onMessage(this, item.message);
      else if (item.kind === "ping") this.connection.write(Buffer.from("\r\n"));
      else if (item.kind === "broken") {
        this.#owner.broken(this, item.why);
        this.close();
      }
    }
  }

  onSecure(): void {}

  onDrain(): void {}

  onEnd(): void {
    this.close();
  }

  onClose(_why: Fault | undefined): void {
    this.#leave();
  }

  #signature(start: string, headers: readonly HeaderLine[], body: Uint8Array): HeaderLine | undefined {
    if (this.association === undefined) return undefined;
    const { opaque, realm, target, keys } = this.association;
    const [first = "", second = ""] = start.split(" ");
    const isResponse = first === "SIP/2.0";
    const parts = isResponse ? { method: "", status: Number(second) } : { method: first, status: 0 };
    const message = { ...parts, uri: "", reason: "", headers, body: Buffer.from(body) };
    const by = { rand: (0x10000000 + this.#signed).toString(16), num: String(++this.#signed), realm, target };
    const made = sign(signedText(message, by), keys.serverSign, keys.serverSeal);
    return [
      "Authentication-Info",
      `NTLM qop="auth", opaque="${opaque}", srand="${by.rand}", snum="${by.num}", rspauth="${made}", ` +
        `targetname="${target}", realm="${realm}", version=4`,
    ];
  }

  #leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.#owner.onGone(this);
  }
}
