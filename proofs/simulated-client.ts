import { pbkdf2Sync } from "node:crypto";
import { limitsWith } from "../src/base/limits.ts";
import type { Connection } from "../src/base/network.ts";
import type { ScramKeys } from "../src/base/store.ts";
import type { World } from "../src/base/world.ts";
import { type Element, textOf } from "../src/xml/element.ts";
import { Framer, type Stanza, type StreamHeader } from "../src/xml/framer.ts";
import { readStanza } from "../src/xml/reader.ts";
import { ns } from "../src/xmpp/ns.ts";
import { type ClientTerms, clientFinal, clientFirst, readChallenge } from "../src/xmpp/scram-client.ts";
import { keysFrom } from "../src/xmpp/scram-keys.ts";

const salt = Buffer.from("as random as it gets");
const iterations = 4096;
const password = "pencil";

let keys: readonly ScramKeys[] | undefined;

/** The keys of every simulated person: worked out once. */
export function simulatedKeys(): readonly ScramKeys[] {
  keys ??= [keysFrom("SHA-1", salted(salt, iterations), salt, iterations)];
  return keys;
}

const known = new Map<string, Buffer>();

function salted(with_: Uint8Array, rounds: number): Buffer {
  const key = `${Buffer.from(with_).toString("hex")} ${rounds}`;
  let value = known.get(key);
  if (value === undefined) {
    value = pbkdf2Sync(password, with_, rounds, 20, "sha1");
    known.set(key, value);
  }
  return value;
}

/** An XMPP client in a simulated world: signs in, enables stream management, acknowledges, and keeps what it receives. */
export class SimulatedClient {
  readonly stanzas: Element[] = [];
  ready = false;
  over = false;
  /** How many of its stanzas the server says it has settled (XEP-0198 §4). */
  settled = 0;
  readonly #terms: ClientTerms;
  readonly #connection: Connection;
  readonly #framer: Framer;
  readonly #domain: string;
  readonly #heard: (stanza: Element) => void;
  #header: StreamHeader | undefined;
  #signedIn = false;
  #managed = false;
  #handled = 0;

  private constructor(connection: Connection, name: string, domain: string, heard: (stanza: Element) => void) {
    this.#connection = connection;
    this.#domain = domain;
    this.#heard = heard;
    this.#terms = { hash: "SHA-1", name, nonce: "fyko", header: "n,," };
    this.#framer = new Framer(
      {
        onOpen: (header) => {
          this.#header = header;
          return true;
        },
        onStanza: (stanza) => {
          this.#take(stanza);
          return true;
        },
        onClose: () => {},
      },
      limitsWith({ stanzaBytesUnauthMax: 262_144 }),
    );
    connection.handler = {
      onData: (bytes) => {
        this.#framer.push(bytes);
      },
      onSecure() {},
      onDrain() {},
      onEnd: () => connection.end(),
      onClose: () => {
        this.over = true;
      },
    };
    this.#open();
  }

  /** Connects; undefined when nothing answers. */
  static async connect(
    world: World,
    address: string,
    who: string,
    heard: (stanza: Element) => void = () => {},
  ): Promise<SimulatedClient | undefined> {
    const reached = await world.network.connect({ address, port: 5222, timeoutMs: 5_000 });
    if (!reached.ok) return undefined;
    const [name = "", domain = ""] = who.split("@");
    return new SimulatedClient(reached.value, name, domain, heard);
  }

  send(text: string): void {
    this.#connection.writeText(text);
  }

  /** The same, and asks to be told once it is settled. */
  sendSure(text: string): void {
    this.send(`${text}<r xmlns='${ns.sm}'/>`);
  }

  #open(): void {
    this.send(`<stream:stream to='${this.#domain}' xmlns='${ns.client}' xmlns:stream='${ns.stream}' version='1.0'>`);
  }

  #take(framed: Stanza): void {
    if (this.#header === undefined) return;
    const element = readStanza(framed, this.#header);
    switch (`${element.ns} ${element.name}`) {
      case `${ns.stream} features`:
        if (this.#signedIn) this.send(`<iq type='set' id='bind'><bind xmlns='${ns.bind}'/></iq>`);
        else {
          const first = Buffer.from(clientFirst(this.#terms)).toString("base64");
          this.send(`<auth xmlns='${ns.sasl}' mechanism='SCRAM-SHA-1'>${first}</auth>`);
        }
        return;
      case `${ns.sasl} challenge`: {
        const challenge = Buffer.from(textOf(element), "base64").toString();
        const asked = readChallenge(this.#terms, challenge);
        if (asked === undefined) return;
        const { message } = clientFinal(this.#terms, challenge, salted(asked.salt, asked.iterations));
        this.send(`<response xmlns='${ns.sasl}'>${Buffer.from(message).toString("base64")}</response>`);
        return;
      }
      case `${ns.sasl} success`:
        this.#signedIn = true;
        this.#framer.restart();
        this.#open();
        return;
      case `${ns.sm} enabled`:
        this.#managed = true;
        this.ready = true;
        this.send("<presence/>");
        return;
      case `${ns.sm} r`:
        this.send(`<a xmlns='${ns.sm}' h='${this.#handled}'/>`);
        return;
    }
    if (element.name === "a" && element.ns === ns.sm) {
      this.settled = Number(element.attrs.h);
      return;
    }
    if (element.attrs.id === "bind" && element.attrs.type === "result") {
      this.send(`<enable xmlns='${ns.sm}'/>`);
      return;
    }
    if (element.ns !== ns.client) return;
    if (this.#managed) this.#handled++;
    this.stanzas.push(element);
    this.#heard(element);
  }
}
