import type { LocalPerson, LocalState, Read } from "./local-person.ts";
import type { Stage } from "./play-stage.ts";
import { SipClientPerson } from "./sip-client-person.ts";
import { XmppPerson } from "./xmpp-person.ts";

/** The same person on an XMPP and on a SIP client: what counts is what both show; they act with each in turn. */
export class PersonOnBoth implements LocalPerson {
  readonly address: string;
  readonly blocksMessages = true;
  readonly #clients: readonly [XmppPerson, SipClientPerson];
  #turn = 0;

  private constructor(clients: readonly [XmppPerson, SipClientPerson]) {
    this.#clients = clients;
    this.address = clients[0].address;
  }

  static async signsIn(stage: Stage, user: string): Promise<PersonOnBoth> {
    const xmpp = await XmppPerson.signsIn(stage, user);
    return new PersonOnBoth([xmpp, await SipClientPerson.signsIn(stage, user)]);
  }

  /** One roster: the SIP client of a contact list asks for who is in it. */
  async adds(contact: string): Promise<void> {
    for (const client of this.#clients) await client.adds(contact);
  }

  shown(contact: string): readonly string[] {
    return this.#clients.flatMap((client) => client.shown(contact));
  }

  asked(by: string): boolean {
    return this.#clients.every((client) => client.asked(by));
  }

  accepts(by: string): Promise<void> {
    return this.#next.accepts(by);
  }

  async is(state: LocalState): Promise<void> {
    for (const client of this.#clients) await client.is(state);
  }

  says(to: string, text: string): Promise<void> {
    return this.#next.says(to, text);
  }

  types(to: string): Promise<void> {
    return this.#next.types(to);
  }

  get reads(): readonly (readonly Read[])[] {
    return this.#clients.flatMap(({ reads }) => reads);
  }

  typing(by: string): boolean {
    return this.#clients.every((client) => client.typing(by));
  }

  /** By the client that has a command for it (XEP-0191). */
  blocks(contact: string): Promise<void> {
    return this.#clients[0].blocks(contact);
  }

  /** By one client alone: how the other keeps. */
  get each(): readonly [LocalPerson, LocalPerson] {
    return this.#clients;
  }

  get #next(): LocalPerson {
    const [xmpp, sip] = this.#clients;
    return this.#turn++ % 2 === 0 ? xmpp : sip;
  }
}
