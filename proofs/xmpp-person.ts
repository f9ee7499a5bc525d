import { type Element, elements, textOf } from "../src/xml/element.ts";
import type { LocalPerson, LocalState, Read } from "./local-person.ts";
import type { Stage } from "./play-stage.ts";
import type { Player } from "./player.ts";

const bareOf = (jid: string): string => jid.split("/")[0] ?? "";

/** A person on an XMPP client. */
export class XmppPerson implements LocalPerson {
  readonly address: string;
  readonly blocksMessages = true;
  readonly #player: Player;
  readonly #shown = new Map<string, string>();
  readonly #asking = new Set<string>();
  readonly #typing = new Map<string, string>();
  readonly #read: Read[] = [];
  #ids = 0;

  private constructor(player: Player, address: string) {
    this.#player = player;
    this.address = address;
    player.onHeard = (element) => this.#heard(element);
  }

  static async signsIn(stage: Stage, user: string): Promise<XmppPerson> {
    return XmppPerson.from(await stage.person(user));
  }

  /** Somebody who is signed in switches carbons on, as every client of today does (XEP-0280), and is available. */
  static async from(player: Player): Promise<XmppPerson> {
    const [bare = ""] = player.jid.split("/");
    player.sends("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    await player.receives(`<iq type='result' id='carbons' from='${bare}' to='${player.jid}'/>`);
    const person = new XmppPerson(player, bare);
    await person.is("available");
    return person;
  }

  async adds(contact: string): Promise<void> {
    this.#player.sends(`<presence to='${contact}' type='subscribe'/>`);
  }

  shown(contact: string): readonly string[] {
    return [this.#shown.get(contact) ?? "unknown"];
  }

  asked(by: string): boolean {
    return this.#asking.has(by);
  }

  async accepts(by: string): Promise<void> {
    this.#asking.delete(by);
    this.#player.sends(`<presence to='${by}' type='subscribed'/>`);
  }

  async is(state: LocalState): Promise<void> {
    const show = { available: "", away: "<show>away</show>", busy: "<show>dnd</show>", offline: "" }[state];
    this.#player.sends(state === "offline" ? "<presence type='unavailable'/>" : `<presence>${show}</presence>`);
  }

  async says(to: string, text: string): Promise<void> {
    const id = `said-${++this.#ids}`;
    this.#player.sends(`<message to='${to}' type='chat' id='${id}'><body>${text}</body></message>`);
  }

  async types(to: string): Promise<void> {
    const state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    this.#player.sends(`<message to='${to}' type='chat'>${state}</message>`);
  }

  get reads(): readonly (readonly Read[])[] {
    return [this.#read];
  }

  /** Whether they were last heard to have left. */
  gone(who: string): boolean {
    return this.#typing.get(who) === "gone";
  }

  typing(by: string): boolean {
    return this.#typing.get(by) === "composing";
  }

  async blocks(contact: string): Promise<void> {
    const item = `<item jid='${contact}'/>`;
    this.#player.sends(`<iq type='set' id='block'><block xmlns='urn:xmpp:blocking'>${item}</block></iq>`);
  }

  #heard(element: Element): void {
    const from = bareOf(element.attrs.from ?? "");
    if (element.name === "presence") this.#presence(element, from);
    if (element.name !== "message") return;
    const [carbon] = elements(element).filter(({ ns: space }) => space === "urn:xmpp:carbons:2");
    const forwarded = carbon === undefined ? undefined : first(first(carbon, "forwarded"), "message");
    this.#message(forwarded ?? element);
  }

  #presence(element: Element, from: string): void {
    const { type } = element.attrs;
    if (type === "subscribe") this.#asking.add(from);
    else if (type === "unavailable") this.#shown.set(from, "offline");
    else if (type === undefined) {
      const [show, status] = ["show", "status"].map((name) => textOf(first(element, name)));
      this.#shown.set(from, `${show === "" ? "available" : show}${status === "" ? "" : ` ${status}`}`);
    }
  }

  #message(element: Element): void {
    const from = bareOf(element.attrs.from ?? "");
    const body = first(element, "body");
    const text =
      element.attrs.type === "error" ? `(comes back: ${textOf(first(first(element, "error"), "text"))})` : textOf(body);
    if (body !== undefined || element.attrs.type === "error") this.#read.push({ from, text });
    const state = elements(element).find(({ ns: space }) => space === "http://jabber.org/protocol/chatstates");
    if (state !== undefined || body !== undefined) this.#typing.set(from, state?.name ?? "active");
  }
}

function first(of: Element | undefined, name: string): Element | undefined {
  return of === undefined ? undefined : elements(of).find((each) => each.name === name);
}
