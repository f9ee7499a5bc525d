import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { password, type Target, userName } from "./job.ts";
import { base64, Scram } from "./scram.ts";
import { tlsSetting } from "./tls-setting.ts";

export type Mechanism = "SCRAM-SHA-1" | "PLAIN";

const patienceMs = 20_000;

/**
 * The least a client can be: it signs in by looking for the few words it waits for, and from then on hands its bytes to
 * whoever takes them.
 */
export class Client {
  /** Takes what comes after sign-in. */
  onBytes: ((bytes: Buffer) => void) | undefined;
  socket: Socket | TLSSocket;
  #seen = "";
  #wanted: { readonly form: RegExp; readonly met: (found: RegExpExecArray) => void } | undefined;
  #failed: ((why: Error) => void) | undefined;
  #over: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#listen(socket);
  }

  /** A bare TLS connection, without XMPP. */
  static async bare({ address, port, domain }: Target): Promise<Client> {
    const client = new Client(connectTcp(port, address));
    await client.#secure(domain);
    return client;
  }

  /** Connects, starts TLS, signs in and binds the resource. */
  static async signIn(target: Target, number: number, mechanism: Mechanism, resource = "bench"): Promise<Client> {
    const client = new Client(connectTcp(target.port, target.address));
    try {
      await client.#signIn(target.domain, userName(number), mechanism, resource);
    } catch (error) {
      client.socket.destroy();
      throw error;
    }
    return client;
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Waits until what has come fits; what fitted and all before it is forgotten. */
  until(form: RegExp): Promise<RegExpExecArray> {
    return new Promise((met, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`no ${form} in ${patienceMs} ms, only: ${this.#seen}`)),
        patienceMs,
      );
      this.#failed = (why) => {
        clearTimeout(timer);
        fail(why);
      };
      this.#wanted = {
        form,
        met: (found) => {
          clearTimeout(timer);
          met(found);
        },
      };
      this.#look();
      if (this.#over !== undefined && this.#wanted !== undefined) this.#failed(this.#over);
    });
  }

  /** Asks for the roster and goes online. */
  async available(): Promise<void> {
    this.write("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>");
    await this.until(/<iq [^>]*id=(['"])roster\1[^>]*(?:\/>|>.*<\/iq>)/s);
  }

  /** Closes the stream and waits until the server has done so too. */
  close(): Promise<void> {
    return new Promise((done) => {
      if (this.#over !== undefined) return done();
      this.onBytes = () => {};
      this.socket.once("close", () => done());
      this.socket.end("</stream:stream>");
      setTimeout(() => this.socket.destroy(), 2_000).unref();
    });
  }

  destroy(): void {
    this.onBytes = () => {};
    this.socket.destroy();
  }

  async #signIn(domain: string, user: string, mechanism: Mechanism, resource: string): Promise<void> {
    const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`;
    const features = /<\/stream:features>/;
    this.write(header);
    await this.until(features);
    this.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    await this.until(/<proceed/);
    await this.#secure(domain);
    this.write(header);
    await this.until(features);
    await this.#authenticate(user, mechanism);
    this.write(header);
    await this.until(features);
    this.write(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    );
    await this.until(/<jid>[^<]*<\/jid><\/bind><\/iq>/);
  }

  async #authenticate(user: string, mechanism: Mechanism): Promise<void> {
    const auth = (text: string): void =>
      this.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${text}</auth>`);
    const answer = /<(success|failure|challenge)\b[^>]*(?:\/>|>(.*)<\/\1>)/s;
    if (mechanism === "PLAIN") auth(base64(`\0${user}\0${password}`));
    else {
      const scram = new Scram(user, password);
      auth(scram.first);
      const [, kind, challenge = ""] = await this.until(answer);
      if (kind !== "challenge") throw new Error(`sign-in of ${user}: ${kind}`);
      this.write(`<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${scram.final(challenge)}</response>`);
    }
    const [all, kind] = await this.until(answer);
    if (kind !== "success") throw new Error(`sign-in of ${user}: ${all}`);
  }

  async #secure(servername: string): Promise<void> {
    const raw = this.socket;
    raw.removeAllListeners("data");
    const secure = connectTls({ ...tlsSetting, socket: raw, servername, rejectUnauthorized: false });
    this.socket = secure;
    this.#seen = "";
    this.#listen(secure);
    await new Promise<void>((done, fail) => {
      secure.once("secureConnect", done);
      secure.once("error", fail);
      secure.once("close", () => fail(new Error("closed in the handshake")));
    });
  }

  #listen(socket: Socket | TLSSocket): void {
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      if (this.onBytes !== undefined) return this.onBytes(bytes);
      this.#seen += bytes.toString("latin1");
      this.#look();
    });
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error(`the server closed the connection after: ${this.#seen}`)));
  }

  #look(): void {
    const found = this.#wanted?.form.exec(this.#seen);
    if (found === null || found === undefined) return;
    this.#seen = this.#seen.slice(found.index + found[0].length);
    const met = this.#wanted?.met;
    this.#wanted = undefined;
    met?.(found);
  }

  #end(why: Error): void {
    this.#over ??= why;
    if (this.#wanted !== undefined) this.#failed?.(why);
    this.#wanted = undefined;
  }
}

/** Does `each` for 0 … count-1, so many at once, and gives the results in order. */
export async function inParallel<T>(count: number, atOnce: number, each: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array<T>(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      results[number] = await each(number);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}
