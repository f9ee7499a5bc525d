import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import type { GatewayJob } from "./job.ts";
import { StreamLink } from "./sip-link.ts";
import { cseq, Field, okTo, SipCutter, statusOf } from "./sip-text.ts";
import { tlsSetting } from "./tls-setting.ts";

const patienceMs = 20_000;
const callIdField = new Field("Call-ID", "i");
const tag = "partner";

/** The final response to a request. */
export type Answered = (status: number, response: string) => void;

/** A dialog of one of its people: To with its tag, and where requests in it go. */
export type Dialog = {
  readonly callId: string;
  readonly person: string;
  readonly to: string;
  readonly uri: string;
  /** Of its latest request; the next one has the next, for a gap is waited for (RFC 3261 §12.2.2). */
  cseq: number;
};

/**
 * A SIP domain as far as a load needs it: it listens and connects over TLS with its certificate, answers every request with 200,
 * and sends its own over one connection.
 */
export class GatewayPartner {
  readonly domain: string;
  /** Value of a Contact field. */
  readonly contact: string;
  readonly #place: string;
  /** Takes requests; they have been answered. */
  onRequest: (text: string) => void = () => {};
  /** The session description that answers an INVITE for a person. */
  describe: (person: string) => string = () => "";
  readonly #server: Server;
  readonly #links = new Set<StreamLink>();
  /** By Call-ID and number. */
  readonly #pending = new Map<string, Answered>();
  #out: StreamLink | undefined;
  #number = 0;

  private constructor({ partner }: GatewayJob, server: Server) {
    this.domain = partner.domain;
    this.#place = `${partner.address}:${partner.port}`;
    this.contact = `<sip:${this.#place};transport=tls>`;
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

  /** The same for one of its people. */
  contactOf(person: string): string {
    return `<sip:${person}@${this.#place};transport=tls>`;
  }

  /** A request of one of its people; `to` is the URI, without <>. Answers its Call-ID. */
  request(method: string, from: string, to: string, headers: string, body: string, answered: Answered): string {
    const number = ++this.#number;
    const dialog = { callId: `${number}@${this.domain}`, person: from, to: `<${to}>`, uri: to, cseq: number };
    this.#ask(dialog, method, headers, body, answered);
    return dialog.callId;
  }

  /** The same in a dialog that one has made. */
  requestIn(dialog: Dialog, method: string, headers: string, body: string, answered: Answered): void {
    dialog.cseq++;
    this.#ask(dialog, method, headers, body, answered);
  }

  #ask(dialog: Dialog, method: string, headers: string, body: string, answered: Answered): void {
    this.#pending.set(`${dialog.callId} ${dialog.cseq}`, answered);
    this.#write(dialog, method, headers, body);
  }

  /** ACK of the 200 to the INVITE that has made it. */
  acknowledge(dialog: Dialog): void {
    this.#write(dialog, "ACK", "", "");
  }

  #write({ callId, person, to, uri, cseq: number }: Dialog, method: string, headers: string, body: string): void {
    const tag = callId.slice(0, callId.indexOf("@"));
    this.#out?.send(
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/TLS ${this.#place};branch=z9hG4bKp${tag}${number}${method}\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:${person}@${this.domain}>;tag=${tag}\r\nTo: ${to}\r\n` +
        `Call-ID: ${callId}\r\nCSeq: ${number} ${method}\r\n${headers}` +
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

  #invited(link: StreamLink, text: string): void {
    const person = text.slice(text.indexOf(":") + 1, text.indexOf("@"));
    const more = `Contact: ${this.contactOf(person)}\r\nContent-Type: application/sdp\r\n`;
    link.send(okTo(text, tag, more, this.describe(person)));
  }

  #take(link: StreamLink, text: string): void {
    const status = statusOf(text);
    if (status === 0) {
      if (text.startsWith("ACK ")) return;
      if (text.startsWith("INVITE ")) this.#invited(link, text);
      else link.send(okTo(text, tag));
      this.onRequest(text);
    } else if (status >= 200) {
      const key = `${callIdField.of(text)} ${Number.parseInt(cseq.of(text), 10)}`;
      const answered = this.#pending.get(key);
      this.#pending.delete(key);
      answered?.(status, text);
    }
  }
}
