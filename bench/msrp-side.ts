import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:tls";
import type { GatewayJob } from "./job.ts";
import { fieldOf, MsrpCutter, msrpStatusOf, okToSend, sendOf, sessionIn, transactionOf } from "./msrp-text.ts";
import { StreamLink } from "./sip-link.ts";
import { tlsSetting } from "./tls-setting.ts";

/** The usual port (RFC 4975 §15.4). */
const port = 2855;
const idCharacters = 12;

/** The partner's ends of its sessions of MSRP, one for each person: the server that is measured connects to them, over TLS. */
export class MsrpSide {
  /** A person's end has a text; it has been answered. */
  onText: (person: number) => void = () => {};
  readonly #address: string;
  readonly #fingerprint: string;
  readonly #server: Server;
  readonly #ends = new Map<string, { readonly link: StreamLink; readonly theirs: string }>();
  readonly #links = new Set<StreamLink>();
  readonly #pending = new Map<string, (status: number) => void>();
  #number = 0;

  private constructor({ partner }: GatewayJob, server: Server) {
    this.#address = partner.address;
    this.#fingerprint = new X509Certificate(readFileSync(partner.certificate)).fingerprint256;
    this.#server = server;
  }

  static async start(job: GatewayJob): Promise<MsrpSide> {
    const { partner } = job;
    const own = { ...tlsSetting, cert: readFileSync(partner.certificate), key: readFileSync(partner.key) };
    const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false });
    const made = new MsrpSide(job, server);
    server.on("secureConnection", (socket) => {
      socket.setNoDelay(true);
      made.#serve(new StreamLink("tls", socket));
    });
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(port, partner.address, done);
    });
    return made;
  }

  /** A session description for a person's end: who reads it connects. */
  describe(person: string): string {
    return [
      "v=0",
      `o=- 1 1 IN IP4 ${this.#address}`,
      "s=-",
      `c=IN IP4 ${this.#address}`,
      "t=0 0",
      `m=message ${port} TCP/TLS/MSRP *`,
      `a=path:${this.#uriOf(person)}`,
      "a=setup:passive",
      `a=fingerprint:SHA-256 ${this.#fingerprint}`,
      "a=accept-types:text/plain",
      "",
    ].join("\r\n");
  }

  /** Whether the server has connected for that person. */
  isUp(person: string): boolean {
    return this.#ends.has(person);
  }

  send(person: string, text: string, answered: (status: number) => void): void {
    const end = this.#ends.get(person);
    const id = `b${++this.#number}`.padEnd(idCharacters, "x"); // RFC 4975 §9: four at least
    this.#pending.set(id, answered);
    if (end === undefined) answered(481);
    else end.link.send(sendOf(id, end.theirs, this.#uriOf(person), text));
  }

  close(): void {
    for (const link of this.#links) link.close();
    this.#server.close();
  }

  #uriOf(person: string): string {
    return `msrps://${this.#address}:${port}/${person};tcp`;
  }

  #serve(link: StreamLink): void {
    this.#links.add(link);
    const cutter = new MsrpCutter();
    const take = (frame: string): void => {
      const status = msrpStatusOf(frame);
      const id = transactionOf(frame);
      if (status > 0) {
        const answered = this.#pending.get(id);
        this.#pending.delete(id);
        answered?.(status);
        return;
      }
      const person = sessionIn(fieldOf(frame, "To-Path"));
      if (!this.#ends.has(person)) this.#ends.set(person, { link, theirs: fieldOf(frame, "From-Path") });
      link.send(okToSend(frame));
      if (frame.includes("\r\n\r\n")) this.onText(Number.parseInt(person.slice(1), 10));
    };
    link.onBytes = (bytes) => {
      link.hold();
      cutter.cut(bytes, take);
      link.release();
    };
  }
}
