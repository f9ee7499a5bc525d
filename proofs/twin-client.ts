import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { readAuthLine } from "../src/twin/auth-line.ts";
import { sign } from "../src/twin/ntlm.ts";
import { md4, rc4 } from "../src/twin/ntlm-ciphers.ts";
import { signedText } from "../src/twin/signed-text.ts";
import { lineOf, linesOf, type WireMessage, writeWire } from "../src/twin/wire-message.ts";
import { WireReader } from "../src/twin/wire-reader.ts";
import { systemClock } from "../src/world/clock.ts";
import { eventually, realTime } from "./time.ts";

// A client of a stand-in's person as far as it can be told what to do wrong; that a real one gets in is shown in interop/.

const time = realTime(systemClock());
const md5 = (key: Uint8Array, text: string) => createHash("md5").update(key).update(text, "latin1").digest();
const hmac = (key: Uint8Array, text: Uint8Array) => createHmac("md5", key).update(text).digest();
const utf16 = (text: string) => Buffer.from(text, "utf16le");

export type Wanted = {
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly callId?: string;
  /** Changes the request after it has been signed. */
  readonly change?: (line: string) => string;
};

export class TwinClient {
  readonly got: WireMessage[] = [];
  readonly address: string;
  closed = false;
  /** Answers requests that come in. */
  onRequest: (request: WireMessage) => void = (request) => this.answer(request, 200);
  readonly #socket: Socket;
  readonly #realm = "SIP Communications Service";
  #target = "";
  #opaque = "";
  #keys: { readonly sign: Buffer; readonly seal: Buffer } | undefined;
  #id = 0;
  #num = 0;

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.address = address;
    const reader = new WireReader();
    socket.on("data", (bytes) => {
      for (const item of reader.push(bytes)) {
        if (item.kind !== "message") continue;
        this.got.push(item.message);
        if (item.message.method !== "" && item.message.method !== "ACK" && item.message.method !== "BENOTIFY") {
          this.onRequest(item.message);
        }
      }
    });
    socket.on("close", () => (this.closed = true));
    socket.on("error", () => {});
  }

  static async connect(t: TestContext, port: number, address: string): Promise<TwinClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    t.after(() => socket.destroy());
    return new TwinClient(socket, address);
  }

  /** The three steps of NTLM; answers the last response. */
  async signIn(password: string): Promise<WireMessage> {
    const first = await this.register();
    const asked = readAuthLine(lineOf(first, "www-authenticate"), "NTLM");
    this.#target = asked?.get("targetname") ?? "";
    const authorization = (data: string, more = "") =>
      `Authorization: NTLM qop="auth", realm="${this.#realm}", targetname="${this.#target}", gssapi-data="${data}", version=4${more}`;
    const second = readAuthLine(lineOf(await this.register([authorization("")]), "www-authenticate"), "NTLM");
    this.#opaque = second?.get("opaque") ?? "";
    const challenge = Buffer.from(second?.get("gssapi-data") ?? "", "base64");
    const { token, session } = prove(challenge, this.address.split("@")[0] ?? "", password);
    this.#keys = {
      sign: md5(session, "session key to client-to-server signing key magic constant\0"),
      seal: md5(session, "session key to client-to-server sealing key magic constant\0"),
    };
    return this.register([], token.toString("base64"));
  }

  register(headers: readonly string[] = [], data?: string, expires = "7200"): Promise<WireMessage> {
    const contact = `Contact: <sip:127.0.0.1:5060;transport=tcp>;+sip.instance="<urn:uuid:4b1682a8-f968-5701-83fc-7c6741dc6697>"`;
    const to = `sip:${this.address}`;
    return this.ask("REGISTER", { to, headers: [contact, `Expires: ${expires}`, ...headers] }, data);
  }

  /** Sends a request, signed once there are keys; answers its final response. */
  async ask(method: string, wanted: Wanted, data?: string): Promise<WireMessage> {
    const callId = wanted.callId ?? `client${++this.#id}`;
    const to = wanted.to ?? "sip:bob@ours.example";
    const lines = [
      "Via: SIP/2.0/tcp 127.0.0.1:5060",
      `From: <${wanted.from ?? `sip:${this.address}`}>;tag=t${this.#id};epid=01010101`,
      `To: <${to}>`,
      "Max-Forwards: 70",
      `CSeq: 1 ${method}`,
      `Call-ID: ${callId}`,
      `User-Agent: proof`,
      ...(wanted.headers ?? []),
    ];
    const start = `${method} ${wanted.uri ?? to} SIP/2.0`;
    const own = headersOf(lines);
    const message = { method, uri: "", status: 0, reason: "", headers: own, body: Buffer.alloc(0) };
    const signed = this.#keys === undefined ? [] : [["Authorization", this.#signature(message, data)] as const];
    const change = wanted.change ?? ((line) => line);
    const headers = [...own, ...signed].map(([name, value]) => [name, change(value)] as const);
    this.#socket.write(writeWire(start, headers, Buffer.from(wanted.body ?? "")));
    const found = () => this.got.find((got) => got.status >= 200 && lineOf(got, "call-id") === callId);
    await this.until(`an answer to ${method}`, () => found() !== undefined);
    return found() as WireMessage;
  }

  answer(request: WireMessage, status: number, tag = "clients"): void {
    const to = lineOf(request, "to");
    const lines = [
      ...linesOf(request, "via").map((via) => `Via: ${via}`),
      ...linesOf(request, "record-route").map((route) => `Record-Route: ${route}`),
      `From: ${lineOf(request, "from")}`,
      `To: ${to.includes(";tag=") ? to : `${to};tag=${tag}`}`,
      `Call-ID: ${lineOf(request, "call-id")}`,
      `CSeq: ${lineOf(request, "cseq")}`,
      `Contact: <${request.uri}>`,
    ];
    const headers = headersOf(lines);
    const message = { method: "", uri: "", status, reason: "", headers, body: Buffer.alloc(0) };
    const signature = ["Authorization", this.#signature(message)] as const;
    this.#socket.write(writeWire(`SIP/2.0 ${status} Said`, [...headers, signature], Buffer.alloc(0)));
  }

  until(what: string, holds: () => boolean): Promise<void> {
    return eventually(time, what, holds);
  }

  close(): void {
    this.#socket.destroy();
  }

  #signature(message: WireMessage, data?: string): string {
    const by = { rand: "0badcafe", num: String(++this.#num), realm: this.#realm, target: this.#target };
    const keys = this.#keys ?? { sign: Buffer.alloc(16), seal: Buffer.alloc(16) };
    const made = sign(signedText(message, by), keys.sign, keys.seal);
    const token = data === undefined ? "" : `gssapi-data="${data}", version=4, `;
    return `NTLM qop="auth", opaque="${this.#opaque}", realm="${by.realm}", targetname="${by.target}", ${token}crand="${by.rand}", cnum="${by.num}", response="${made}"`;
  }
}

function headersOf(lines: readonly string[]) {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}

/** AUTHENTICATE_MESSAGE (MS-NLMP §2.2.1.3) and the session key that is in it. */
function prove(challenge: Buffer, user: string, password: string) {
  const nonce = challenge.subarray(24, 32);
  const info = challenge.subarray(challenge.readUInt32LE(44)).subarray(0, challenge.readUInt16LE(40));
  const key = hmac(md4(utf16(password)), utf16(user.toUpperCase()));
  const temp = Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), Buffer.alloc(20, 7), info, Buffer.alloc(4)]);
  const proof = hmac(key, Buffer.concat([nonce, temp]));
  const session = Buffer.alloc(16, 0x55);
  const sealed = rc4(hmac(key, proof), session);
  const head = Buffer.alloc(72);
  head.write("NTLMSSP\0", "latin1");
  head.writeUInt32LE(3, 8);
  let offset = head.length;
  const payload: Buffer[] = [];
  const fields = [Buffer.alloc(24), Buffer.concat([proof, temp]), utf16(""), utf16(user), utf16("HOST"), sealed];
  fields.forEach((value, at) => {
    head.writeUInt16LE(value.length, 12 + 8 * at);
    head.writeUInt16LE(value.length, 14 + 8 * at);
    head.writeUInt32LE(offset, 16 + 8 * at);
    offset += value.length;
    payload.push(value);
  });
  return { token: Buffer.concat([head, ...payload]), session };
}
