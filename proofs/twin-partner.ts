import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { TwinOptions } from "../src/twin/options.ts";
import { Twin } from "../src/twin/twin.ts";
import { systemClock } from "../src/world/clock.ts";
import { type CertificateOrder, type Issued, keyPem } from "../src/world/issue-certificate.ts";
import { systemNetwork } from "../src/world/network.ts";
import { systemRandom } from "../src/world/random.ts";
import { makeAuthority, makeServer } from "./made-certificates.ts";
import { eventually, realTime } from "./time.ts";

// The other side of a stand-in, as little as will do: text over Node's own TLS, so that nothing is shared with either.

const clock = systemClock();
const time = realTime(clock);
const nowadays = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };

export const authority = await makeAuthority("Rehearsal CA", nowadays);
export const stranger = await makeAuthority("Nobody's CA", nowadays);

export type Pem = { readonly certificate: string; readonly key: string };

export async function identity(
  domain: string,
  issuer: Issued = authority,
  order: Partial<CertificateOrder> = {},
): Promise<Pem> {
  const issued = await makeServer(domain, issuer, { ...nowadays, names: { dns: [`sip.${domain}`, domain] }, ...order });
  return { certificate: issued.pem, key: await keyPem(issued.key) };
}

export const ours = await identity("ours.example");
const contoso = await identity("contoso.example");

/** A message as it came. */
export type Got = {
  readonly line: Line;
  readonly start: string;
  readonly names: readonly string[];
  readonly body: string;
  readonly text: string;
  /** All values of a header, whatever its case. */
  all(name: string): readonly string[];
  /** The first of them, or "". */
  one(name: string): string;
};

/** One connection with the stand-in. */
export class Line {
  readonly socket: TLSSocket;
  readonly got: Got[] = [];
  readonly chunks: number[] = [];
  crlfs = 0;
  closed = false;
  #left = "";

  constructor(socket: TLSSocket, onGot: (got: Got) => void) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => (this.closed = true));
    socket.on("data", (chunk: Buffer) => {
      this.chunks.push(chunk.length);
      this.#left += chunk.toString("latin1");
      for (;;) {
        if (this.#left.startsWith("\r\n")) {
          this.crlfs++;
          this.#left = this.#left.slice(2);
          continue;
        }
        const end = this.#left.indexOf("\r\n\r\n");
        const length = Number(/^content-length: *(\d+)/im.exec(this.#left.slice(0, end))?.[1] ?? 0);
        if (end < 0 || this.#left.length < end + 4 + length) return;
        const text = this.#left.slice(0, end + 4 + length);
        this.#left = this.#left.slice(text.length);
        const got = read(this, Buffer.from(text, "latin1").toString());
        this.got.push(got);
        onGot(got);
      }
    });
  }

  send(text: string): void {
    this.socket.write(text);
  }
}

function read(line: Line, text: string): Got {
  const end = text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = lines.map((each) => {
    const colon = each.indexOf(":");
    return [each.slice(0, colon), each.slice(colon + 1).trim()] as const;
  });
  const all = (name: string) =>
    headers.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const names = headers.map(([name]) => name);
  return { line, start, names, body: text.slice(end + 4), text, all, one: (name) => all(name)[0] ?? "" };
}

export type Extra = {
  readonly headers?: readonly string[];
  readonly contentType?: string;
  readonly body?: string;
  readonly routes?: readonly string[];
  readonly uri?: string;
  readonly toTag?: string;
  readonly without?: string;
  readonly from?: string;
  /** Changes the message at the very last. */
  readonly change?: (text: string) => string;
};

/** A stand-in with somebody to talk to; both end with the test. */
export class Rehearsal {
  readonly twin: Twin;
  readonly lines: Line[] = [];
  readonly got: Got[] = [];
  /** Answers NEGOTIATE with 405 and everything else not at all, unless told otherwise. */
  onRequest: (got: Got) => void = () => {};
  #cseq = 1;
  #id = 1;

  private constructor(twin: Twin) {
    this.twin = twin;
  }

  static async begin(t: TestContext, options: Partial<TwinOptions> = {}): Promise<Rehearsal> {
    const server = createServer({
      cert: ours.certificate,
      key: ours.key,
      ca: authority.pem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const log = { write() {}, enabled: () => false };
    const twin = new Twin(
      { clock, log, network: systemNetwork(clock), random: systemRandom() },
      {
        profile: "lync2010",
        domain: "contoso.example",
        peerDomains: ["ours.example"],
        address: "127.0.0.1",
        port: 0,
        peer: { address: "127.0.0.1", port, host: "sip.ours.example" },
        transport: "tls",
        identity: contoso,
        trusted: authority.pem,
        users: ["alice"],
        ...options,
      },
    );
    const begun = new Rehearsal(twin);
    server.on("secureConnection", (socket) => begun.#add(socket));
    const started = await twin.start();
    if (!started.ok) throw new Error(started.fault.detail);
    t.after(async () => {
      await twin.close();
      for (const { socket } of begun.lines) socket.destroy();
      server.close();
    });
    return begun;
  }

  get alice() {
    const alice = this.twin.person("alice");
    if (alice === undefined) throw new Error("alice is not there");
    return alice;
  }

  /** The rules found broken, in order. */
  get broken(): readonly string[] {
    return this.twin.violations.map(({ rule }) => rule);
  }

  /** A connection to the stand-in. */
  async connect(pem: Pem = ours): Promise<Line> {
    const socket = connect({
      host: "127.0.0.1",
      port: this.twin.at.port,
      cert: pem.certificate,
      key: pem.key,
      ca: authority.pem,
      servername: "sip.contoso.example",
      checkServerIdentity: () => undefined,
    });
    const line = this.#add(socket);
    socket.on("error", () => {});
    await Promise.race([once(socket, "secureConnect"), once(socket, "close")]);
    return line;
  }

  /** Waits until something holds. */
  until(what: string, holds: () => boolean): Promise<void> {
    return eventually(time, `${what}; broken: ${JSON.stringify(this.twin.violations)}`, holds);
  }

  /** The `n`th message (from 1) whose start line begins so. */
  async hears(start: string, n = 1): Promise<Got> {
    const found = () => this.got.filter((got) => got.start.startsWith(start))[n - 1];
    await this.until(`${start}, ${n}`, () => found() !== undefined);
    const got = found();
    if (got === undefined) throw new Error("it was there");
    return got;
  }

  /** Bob's request, outside a dialog or in that of `extra`; answers its final response. */
  async ask(line: Line, method: string, extra: Extra = {}, callId = `c${this.#id++}@ours.example`): Promise<Got> {
    const cseq = this.tell(line, method, extra, callId);
    const found = () =>
      this.got.find(
        (got) =>
          /^SIP\/2\.0 [2-6]/.test(got.start) &&
          got.one("call-id") === callId &&
          got.one("cseq") === `${cseq} ${method}`,
      );
    await this.until(`an answer to ${method}`, () => found() !== undefined);
    const got = found();
    if (got === undefined) throw new Error("it was there");
    return got;
  }

  /** The same without waiting; answers its CSeq. */
  tell(line: Line, method: string, extra: Extra, callId: string, cseq = this.#cseq++): number {
    const to = extra.toTag === undefined ? "" : `;tag=${extra.toTag};epid=${this.alice.epid}`;
    const body = extra.body ?? "";
    const lines = [
      `Via: SIP/2.0/TLS sip.ours.example:5061;branch=z9hG4bK${callId.replace(/\W/g, "")}${cseq}${method}`,
      ...(extra.routes ?? []).map((route) => `Route: ${route}`),
      "Max-Forwards: 70",
      `From: ${extra.from ?? "<sip:bob@ours.example>"};tag=bobs;epid=0a0b0c0d0e0f`,
      `To: <sip:alice@contoso.example>${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      "Contact: <sip:sip.ours.example:5061;transport=tls>",
      ...(extra.headers ?? []),
      ...(extra.contentType === undefined ? [] : [`Content-Type: ${extra.contentType}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ].filter((each) => extra.without === undefined || !each.startsWith(`${extra.without}:`));
    line.send(`${method} ${extra.uri ?? "sip:alice@contoso.example"} SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    return cseq;
  }

  /** Bob's answer to a request of the stand-in. */
  answer(request: Got, status: number, extra: Extra = {}): void {
    const to = request.one("to");
    const body = extra.body ?? "";
    const opens = /^(?:INVITE|SUBSCRIBE)/.test(request.start) && status < 300;
    const lines = [
      ...request.all("via").map((via) => `Via: ${via}`),
      ...(opens ? request.all("record-route").map((route) => `Record-Route: ${route}`) : []),
      `From: ${request.one("from")}`,
      `To: ${to.includes(";tag=") ? to : `${to};tag=bobs`}`,
      `Call-ID: ${request.one("call-id")}`,
      `CSeq: ${request.one("cseq")}`,
      ...(opens ? ["Contact: <sip:sip.ours.example:5061;transport=tls>"] : []),
      ...(status >= 400 ? ['ms-diagnostics-public: 1003;reason="no"'] : []),
      ...(extra.headers ?? []),
      ...(extra.contentType === undefined ? [] : [`Content-Type: ${extra.contentType}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ].filter((each) => extra.without === undefined || !each.startsWith(`${extra.without}:`));
    const text = `SIP/2.0 ${status} Said\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
    request.line.send(extra.change?.(text) ?? text);
  }

  #add(socket: TLSSocket): Line {
    const line = new Line(socket, (got) => {
      this.got.push(got);
      if (got.start.startsWith("NEGOTIATE ")) this.answer(got, 405);
      else if (!got.start.startsWith("SIP/")) this.onRequest(got);
    });
    this.lines.push(line);
    return line;
  }
}

/** Where requests of a dialog go that the stand-in's answer or request has opened. */
export function inDialog(got: Got): Pick<Extra, "routes" | "uri" | "toTag"> {
  const isAnswer = got.start.startsWith("SIP/");
  const routes = isAnswer ? got.all("record-route").toReversed() : got.all("record-route");
  const tag = /;tag=([^;]+)/.exec(got.one(isAnswer ? "to" : "from"))?.[1] ?? "";
  return { routes, uri: /<(.*)>/.exec(got.one("contact"))?.[1] ?? "", toTag: tag };
}

export const sdp =
  "v=0\r\no=- 0 0 IN IP4 203.0.113.20\r\ns=session\r\nc=IN IP4 203.0.113.20\r\nt=0 0\r\nm=message 5061 sip null\r\na=accept-types:text/plain\r\n";
export const describes = { contentType: "application/sdp", body: sdp } as const;
export const presence = { headers: ["Event: presence", "Accept: application/pidf+xml", "Expires: 3600"] } as const;
