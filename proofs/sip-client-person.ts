import assert from "node:assert/strict";
import type { LocalPerson, LocalState, Read } from "./local-person.ts";
import type { Stage } from "./play-stage.ts";
import type { SipPlayer } from "./sip-player.ts";
import { presenceRules } from "./xcap-asks.ts";

/** A person on a SIP client: presence by SUBSCRIBE and PUBLISH, texts by MESSAGE, rules by XCAP. */
export class SipClientPerson implements LocalPerson {
  readonly address: string;
  readonly blocksMessages = false;
  readonly #stage: Stage;
  readonly #player: SipPlayer;
  readonly #user: string;
  readonly #shown = new Map<string, string>();
  readonly #typing = new Map<string, string>();
  readonly #read: Read[] = [];
  readonly #allowed: string[] = [];
  readonly #blocked: string[] = [];
  readonly #asking = new Set<string>();
  #etag = "";
  #id = 0;

  private constructor(stage: Stage, player: SipPlayer, user: string) {
    this.#stage = stage;
    this.#player = player;
    this.#user = user;
    this.address = `${user}@ours.example`;
    player.onHeard = (message) => {
      if (message.isRequest && message.method === "NOTIFY") this.#notified(message.header("event"), message.body);
      if (message.isRequest && message.method === "MESSAGE") {
        this.#message(message.from?.uri ?? "", message.contentType, message.body);
      }
    };
  }

  /** Registers, says that it is there, and asks to be told who wants to see the person (RFC 3857). */
  static async signsIn(stage: Stage, user: string): Promise<SipClientPerson> {
    const person = new SipClientPerson(stage, await stage.sipPerson(user, "tls"), user);
    const headers = ["Event: presence.winfo", "Expires: 600", "Accept: application/watcherinfo+xml"];
    const winfo = await person.#player.asks("SUBSCRIBE", { uri: person.#player.aor, headers, callId: `w-${user}` });
    assert.equal(winfo.status, 200);
    await person.is("available");
    return person;
  }

  async adds(contact: string): Promise<void> {
    const headers = ["Event: presence", "Expires: 600"];
    const callId = `s-${contact}-${++this.#id}`;
    const answer = await this.#player.asks("SUBSCRIBE", { uri: `sip:${contact}`, headers, callId });
    assert.equal(answer.status, 200);
  }

  shown(contact: string): readonly string[] {
    return [this.#shown.get(contact) ?? "unknown"];
  }

  asked(by: string): boolean {
    return this.#asking.has(by);
  }

  async accepts(by: string): Promise<void> {
    this.#allowed.push(by);
    assert.ok((await presenceRules(this.#stage.node, this.#user, this.#allowed, this.#blocked)) < 300);
  }

  async is(state: LocalState): Promise<void> {
    if (state === "offline") {
      await this.#publish("", 0);
      await this.#player.registers(0);
      return;
    }
    if (this.#etag === "") await this.#player.registers();
    const activity = state === "available" ? "" : `<rpid:activities><rpid:${state}/></rpid:activities>`;
    await this.#publish(
      `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ` +
        `xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${this.#player.aor}"><tuple id="t"><status><basic>open</basic>` +
        `</status></tuple><dm:person id="p">${activity}</dm:person></presence>`,
      600,
    );
  }

  async says(to: string, text: string): Promise<void> {
    const status = await this.#player.tells(to, text);
    if (status >= 300) this.#read.push({ from: to, text: `(comes back: ${status})` });
  }

  async types(to: string): Promise<void> {
    const document = `<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>`;
    const status = await this.#player.tells(to, document, "application/im-iscomposing+xml");
    assert.ok(status < 300);
  }

  get reads(): readonly (readonly Read[])[] {
    return [this.#read];
  }

  typing(by: string): boolean {
    return this.#typing.get(by) === "active";
  }

  async blocks(contact: string): Promise<void> {
    const at = this.#allowed.indexOf(contact);
    if (at >= 0) this.#allowed.splice(at, 1);
    this.#blocked.push(contact);
    assert.ok((await presenceRules(this.#stage.node, this.#user, this.#allowed, this.#blocked)) < 300);
  }

  async #publish(body: string, expires: number): Promise<void> {
    const headers = ["Event: presence", `Expires: ${expires}`];
    if (body !== "") headers.push("Content-Type: application/pidf+xml");
    if (this.#etag !== "") headers.push(`SIP-If-Match: ${this.#etag}`);
    const answer = await this.#player.asks("PUBLISH", { uri: this.#player.aor, headers, body, contact: false });
    assert.equal(answer.status, 200);
    this.#etag = expires === 0 ? "" : (answer.header("sip-etag") ?? "");
  }

  #notified(event: string | undefined, body: Uint8Array): void {
    const text = Buffer.from(body).toString("utf8");
    if (event?.startsWith("presence.winfo") === true) {
      for (const [, status = "", uri = ""] of text.matchAll(/status="(\w+)"[^>]*>sip:([^<]*)</g)) {
        if (status === "pending") this.#asking.add(uri);
        else this.#asking.delete(uri);
      }
      return;
    }
    const [, entity = ""] = /entity="sip:([^"]*)"/.exec(text) ?? [];
    const [, basic = ""] = /<basic>(\w+)<\/basic>/.exec(text) ?? [];
    const [activity = "available"] = [...text.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, name]) => name);
    if (entity !== "") this.#shown.set(entity, basic === "open" ? activity : "offline");
  }

  #message(uri: string, type: string, body: Uint8Array): void {
    const from = uri.replace(/^sips?:/, "");
    const text = Buffer.from(body).toString("utf8");
    if (type === "application/im-iscomposing+xml") {
      this.#typing.set(from, /<state>(\w+)<\/state>/.exec(text)?.[1] ?? "");
      return;
    }
    this.#typing.set(from, "");
    // What the person said elsewhere comes from themself, and says to whom.
    this.#read.push({ from, text: from === this.address ? text.replace(/^To [^:]*: /, "") : text });
  }
}
