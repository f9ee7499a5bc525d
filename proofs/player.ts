import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { limitsWith } from "../src/base/limits.ts";
import type { Element } from "../src/xml/element.ts";
import { elements, textOf } from "../src/xml/element.ts";
import { Framer, type Stanza, type StreamHeader } from "../src/xml/framer.ts";
import { readStanza } from "../src/xml/reader.ts";
import { write } from "../src/xml/writer.ts";
import { ns } from "../src/xmpp/ns.ts";
import { clientFinal, clientFirst, readChallenge } from "../src/xmpp/scram-client.ts";
import { assertLine, difference, lineOf } from "./play-matching.ts";

const patienceMs = 2000;

/** What all players of one play have said and heard, in order. */
export type Script = string[];

export type PlayerOptions = {
  readonly name: string;
  readonly port: number;
  readonly script: Script;
  readonly contentNs?: string;
  /** The domain it signs in to. */
  readonly domain?: string;
};

/** One end of a raw XMPP connection in a play: says text as it is, and waits for what must come. */
export class Player {
  readonly name: string;
  /** The full address, once a resource is bound. */
  jid = "";
  /** Told of each thing that comes, as it comes. */
  onHeard: (element: Element) => void = () => {};
  readonly #contentNs: string;
  readonly #domain: string;
  readonly #script: Script;
  readonly #framer: Framer;
  readonly #heard: Element[] = [];
  #socket: Socket;
  #header: StreamHeader | undefined;
  #wake: () => void = () => {};
  #fences = 0;

  constructor({ name, port, script, contentNs = ns.client, domain = "ours.example" }: PlayerOptions) {
    this.name = name;
    this.#domain = domain;
    this.#contentNs = contentNs;
    this.#script = script;
    const sink = {
      onOpen: (header: StreamHeader) => this.#opened(header),
      onStanza: (stanza: Stanza) => this.#stanza(stanza),
      onClose: () => void this.#hear(lineOf("</stream:stream>")),
    };
    this.#framer = new Framer(sink, limitsWith({ stanzaBytesMax: 1e7, stanzaBytesUnauthMax: 1e7 }));
    this.#socket = this.#listen(connect({ host: "127.0.0.1", port }));
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Sends text, or bytes, exactly so. */
  sends(what: string | Uint8Array): void {
    const shown = typeof what === "string" ? what.trim() : `${what.length} bytes`;
    this.#note(`> ${shown.length > 1000 ? `${shown.slice(0, 1000)}… (${shown.length} characters)` : shown}`);
    this.#socket.write(what);
  }

  opens(to = this.#domain, more = ""): void {
    const head = `<?xml version='1.0'?><stream:stream to='${to}' version='1.0' xmlns='${this.#contentNs}'`;
    this.sends(`${head} xmlns:stream='${ns.stream}'${more}>`);
  }

  /** The next thing that comes, which must be as the line says. */
  async receives(line: string): Promise<Element> {
    const found = await this.#next(line);
    assertLine(line, found, this.#contentNs, () => this.conversation());
    return found;
  }

  /** As many things as there are lines, in whatever order. */
  async receivesAll(...lines: readonly string[]): Promise<void> {
    const left = [...lines];
    while (left.length > 0) {
      const found = await this.#next(left.join("\n"));
      const at = left.findIndex((line) => difference(lineOf(line, this.#contentNs), found) === undefined);
      if (at === -1) assert.fail(`none of these lines: ${left.join("\n")}\n\n${this.conversation()}`);
      left.splice(at, 1);
    }
  }

  /** Whatever comes next. */
  hears(): Promise<Element> {
    return this.#next("anything");
  }

  /** Nothing has come: the answer to a ping, which would have come after it, is next. */
  async receivesNothing(): Promise<void> {
    const id = `fence-${++this.#fences}`;
    this.sends(`<iq type='get' id='${id}' to='ours.example'><ping xmlns='urn:xmpp:ping'/></iq>`);
    await this.receives(`<iq type='result' id='${id}' from='ours.example' to='${this.jid}'/>`);
  }

  /** The stream ends, with this condition when one is named, and the connection after it. */
  async isTurnedAway(condition?: string): Promise<void> {
    if (condition !== undefined) {
      await this.receives(`<stream:error><${condition} xmlns='${ns.streams}'/>...</stream:error>`);
    }
    await this.receives("</stream:stream>");
    await this.isCutOff();
  }

  async isCutOff(): Promise<void> {
    assert.equal((await this.#next("the end of the connection")).name, "closed", this.conversation());
  }

  /** Closes the stream in order. */
  async leaves(): Promise<void> {
    this.sends("</stream:stream>");
    while ((await this.#next("the end of the stream")).name !== "closed");
  }

  /** The connection breaks, without a word. */
  breaks(): void {
    this.#note("> (breaks the connection)");
    this.#socket.destroy();
  }

  /** Shakes hands on the open connection: after <proceed/>, or at once with `alpn` for direct TLS. */
  async secures(alpn?: string, identity: { readonly key?: string; readonly cert?: string } = {}): Promise<TLSSocket> {
    if (this.#socket.connecting) await once(this.#socket, "connect");
    this.#socket.removeAllListeners("data");
    const options = { socket: this.#socket, servername: "ours.example", rejectUnauthorized: false, ...identity };
    const secured = tlsConnect({ ...options, ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }) });
    await Promise.race([once(secured, "secureConnect"), late("the handshake")]);
    this.#framer.restart();
    this.#socket = this.#listen(secured);
    return secured;
  }

  /** SCRAM with the first mechanism without channel binding (RFC 5802), up to <success/>. */
  async provesItself(user: string, password: string, hash: "SHA-1" | "SHA-256" = "SHA-256"): Promise<void> {
    const terms = { hash, name: user, nonce: `nonce-of-${this.name}`, header: "n,,", binding: new Uint8Array() };
    const coded = (text: string) => Buffer.from(text).toString("base64");
    this.sends(`<auth xmlns='${ns.sasl}' mechanism='SCRAM-${hash}'>${coded(clientFirst(terms))}</auth>`);
    const challenge = await this.receives(`<challenge xmlns='${ns.sasl}'>...</challenge>`);
    const text = Buffer.from(textOf(challenge), "base64").toString();
    const asked = readChallenge(terms, text);
    assert.ok(asked, this.conversation());
    const digest = hash === "SHA-1" ? "sha1" : "sha256";
    const salted = pbkdf2Sync(password, asked.salt, asked.iterations, hash === "SHA-1" ? 20 : 32, digest);
    const { message, expected } = clientFinal(terms, text, salted);
    this.sends(`<response xmlns='${ns.sasl}'>${coded(message)}</response>`);
    await this.receives(`<success xmlns='${ns.sasl}'>${coded(expected)}</success>`);
  }

  /** From the first header to the bound resource, in the clear. */
  async signsIn(user: string, resource: string, password = "secret"): Promise<void> {
    await this.authenticates(user, password);
    await this.binds(resource);
    this.jid = `${user}@${this.#domain}/${resource}`;
  }

  /** From the first header to the features after sign-in. */
  async authenticates(user: string, password = "secret"): Promise<void> {
    this.opens();
    await this.receives(`<stream:stream from='${this.#domain}' id='...' version='1.0' xml:lang='en'>`);
    await this.receives("<stream:features>...</stream:features>");
    await this.provesItself(user, password);
    this.opens();
    await this.receives(`<stream:stream from='${this.#domain}' id='...' version='1.0' xml:lang='en'>`);
    await this.receives(`<stream:features><bind xmlns='${ns.bind}'><required/></bind>...</stream:features>`);
  }

  async binds(resource: string): Promise<void> {
    this.sends(`<iq type='set' id='bind'><bind xmlns='${ns.bind}'><resource>${resource}</resource></bind></iq>`);
    await this.receives(`<iq type='result' id='bind'><bind xmlns='${ns.bind}'><jid>...</jid></bind></iq>`);
  }

  /** Initial presence, and its echo (RFC 6121 §4.2.2). */
  async isAvailable(inside = ""): Promise<void> {
    this.sends(`<presence>${inside}</presence>`);
    const bare = this.jid.replace(/\/.*/, "");
    await this.receives(`<presence from='${this.jid}' to='${bare}'>${inside}</presence>`);
  }

  /** The last lines of the play, as a failing test shows them. */
  conversation(): string {
    return `The play so far:\n${this.#script.slice(-60).join("\n")}`;
  }

  #listen<S extends Socket>(socket: S): S {
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === (socket as Socket)) this.#hear({ name: "closed", ns: "", attrs: {}, children: [] });
    });
    return socket;
  }

  #take(bytes: Buffer): void {
    const failure = this.#framer.push(bytes);
    if (failure !== undefined) this.#note(`< (what is no XMPP: ${bytes.toString("latin1").slice(0, 80)})`);
  }

  #opened(header: StreamHeader): boolean {
    this.#header = header;
    return this.#hear({ name: header.name, ns: header.ns, attrs: header.attrs, children: [] });
  }

  #stanza(stanza: Stanza): boolean {
    if (this.#header === undefined) return false;
    const element = readStanza(stanza, this.#header);
    // What follows is another stream (RFC 6120 §4.3.3).
    if (element.ns === ns.sasl && element.name === "success") this.#framer.restart();
    return this.#hear(element);
  }

  #hear(element: Element): boolean {
    this.#note(`< ${element.name === "closed" ? "(connection closed)" : write(element, this.#contentNs)}`);
    this.#heard.push(element);
    this.onHeard(element);
    this.#wake();
    return true;
  }

  async #next(wanted: string): Promise<Element> {
    if (this.#heard.length === 0) {
      const came = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([came, late(`${this.name} waited for: ${wanted}`, () => this.conversation())]);
    }
    const next = this.#heard.shift();
    assert.ok(next);
    return next;
  }

  #note(line: string): void {
    this.#script.push(`${this.name} ${line}`);
  }
}

/** Rejects when patience ends; keeps no process alive. */
function late(what: string, more = () => ""): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing came in time. ${what}\n\n${more()}`)), patienceMs).unref();
  });
}

/** The text of the only element inside. */
export function innerText(of: Element): string {
  return textOf(elements(of)[0]);
}
