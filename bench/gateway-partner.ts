import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import type { GatewayJob } from "./job.ts";
import { StreamLink } from "./sip-link.ts";
import { cseq, okTo, SipCutter, statusOf } from "./sip-text.ts";
import { tlsSetting } from "./tls-setting.ts";

const patienceMs = 20_000;
const tag = "partner";

/** The final response to a request. */
export type Answered = (status: number, response: string) => void;

/**
 * A SIP domain as far as a load needs it: it listens and connects over TLS with its certificate, answers every request with 200,
 * and sends its own over one connection.
 */
export class GatewayPartner {
  readonly domain: string;
  /** Value of a Contact field. */
  readonly contact: string;
  /** Takes requests; they have been answered. */
  onRequest: (text: string) => void = () => {};
  readonly #server: Server;
  readonly #links = new Set<StreamLink>();
  readonly #pending = new Map<number, Answered>();
  #out: StreamLink | undefined;
  #number = 0;

  private constructor({ partner }: GatewayJob, server: Server) {
    this.domain = partner.domain;
    this.contact = `<sip:${partner.address}:${partner.port};transport=tls>`;
    this.#server = server;
  }

  static async start(job: GatewayJob): Promise<GatewayPartner> {
    const { partner, targets } = job;
    const [target] = targets;
    if (target === undefined) throw new Error("there is no server to be partner of");
    const own = { ...tlsSetting, cert: readFileSync(partner.certificate), key: readFileSync(partner.key) };
    const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false });
    const made = new GatewayPartner(job, server);
    server.on("secureConnection", (socket) => made.#adopt(socket));
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(partner.port, partner.address, done);
    });
    const socket = connect({
      ...own,
      host: target.address,
      port: target.port,
      servername: target.domain,
      rejectUnauthorized: false,
    });
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no TLS connection in ${patienceMs} ms`)), patienceMs);
      socket.once("error", fail);
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        socket.off("error", fail);
        done();
      });
    });
    made.#out = made.#adopt(socket);
    return made;
  }

  /** A request of one of its people; `to` is the URI, without <>. */
  request(method: string, from: string, to: string, headers: string, body: string, answered: Answered): void {
    const number = ++this.#number;
    this.#pending.set(number, answered);
    this.#out?.send(
      `${method} ${to} SIP/2.0\r\nVia: SIP/2.0/TLS ${this.contact.slice(5, -15)};branch=z9hG4bKp${number}\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:${from}@${this.domain}>;tag=${number}\r\nTo: <${to}>\r\n` +
        `Call-ID: ${number}@${this.domain}\r\nCSeq: ${number} ${method}\r\n${headers}` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  close(): void {
    for (const link of this.#links) link.close();
    this.#server.close();
  }

  #adopt(socket: TLSSocket): StreamLink {
    socket.setNoDelay(true);
    const link = new StreamLink("tls", socket);
    this.#links.add(link);
    const cutter = new SipCutter();
    const take = (text: string): void => this.#take(link, text);
    link.onBytes = (bytes) => {
      for (const each of this.#links) each.hold();
      cutter.cut(bytes, take);
      for (const each of this.#links) each.release();
    };
    return link;
  }

  #take(link: StreamLink, text: string): void {
    const status = statusOf(text);
    if (status === 0) {
      if (text.startsWith("ACK ")) return;
      link.send(okTo(text, tag));
      this.onRequest(text);
    } else if (status >= 200) {
      const number = Number.parseInt(cseq.of(text), 10);
      const answered = this.#pending.get(number);
      this.#pending.delete(number);
      answered?.(status, text);
    }
  }
}
