import type { Fault } from "../base/fault.ts";
import type { Client } from "../presence/mapping-table.ts";
import type { Element } from "../xml/element.ts";
import { read } from "../xml/reader.ts";
import type { Jid } from "../xmpp/jid.ts";
import { ns } from "../xmpp/ns.ts";
import type { Receipt } from "./ack-window.ts";
import type { StanzaName } from "./tally.ts";

const clientStream = { contentNs: ns.client, prefixes: {} };

/** What a parcel was before it became a stanza: written as one when somebody first needs that. */
export interface Origin {
  /** The stanza, complete in the namespace jabber:client, with the addresses given. */
  stanza(from: Jid, to: Jid): Buffer;
}

/**
 * A stanza on its way inside the node: its envelope, proved, and its bytes, complete and standing on their own in the
 * namespace jabber:client (or jabber:server, which looks the same without its declaration). What came by another protocol
 * becomes bytes only for those who need them.
 */
export class Parcel {
  readonly name: StanzaName;
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly from: Jid;
  readonly to: Jid;
  /** Its sender counts on hearing what became of it. */
  readonly receipt: Receipt | undefined;
  /** In the protocol it came by, when that is not XMPP. */
  readonly origin: Origin | undefined;
  /**
   * A copy nobody waits for (a carbon, a message the store still holds): when its device is lost it is neither kept nor
   * returned.
   */
  copy = false;
  /** The same for each class of client, where they are shown different things (MAP-1); undefined: this one, to all. */
  views: ((client: Client) => Parcel) | undefined;
  /** Kept in the store meanwhile, under this number, because no device has confirmed it; 0: it is on its way there. */
  keptAs: number | undefined;
  /** A device surely has it (custody.ts). */
  arrived = false;
  /** The system has taken it for a device that cannot confirm. */
  taken = false;
  /** Devices it went to that have neither taken it nor given up. */
  hopes = 1;
  /** What is to be done when the store, asked to keep it meanwhile, cannot. */
  unkept: (() => void) | undefined;
  #bytes: Buffer | undefined;
  #element: Element | undefined;

  constructor(
    name: StanzaName,
    type: string | undefined,
    id: string | undefined,
    from: Jid,
    to: Jid,
    content: Buffer | Origin,
    receipt?: Receipt,
  ) {
    this.name = name;
    this.type = type;
    this.id = id;
    this.from = from;
    this.to = to;
    this.receipt = receipt;
    if (Buffer.isBuffer(content)) {
      this.#bytes = content;
      this.origin = undefined;
    } else this.origin = content;
  }

  get bytes(): Buffer {
    this.#bytes ??= this.origin?.stanza(this.from, this.to) ?? Buffer.alloc(0);
    return this.#bytes;
  }

  /** The tree, read when somebody first needs it. */
  get element(): Element {
    this.#element ??= read(this.bytes, clientStream);
    return this.#element;
  }
}

/** A parcel of our own making, from text in the namespace jabber:client. */
export function written(name: StanzaName, type: string | undefined, from: Jid, to: Jid, text: string): Parcel {
  return new Parcel(name, type, undefined, from, to, Buffer.from(text, "utf8"));
}

/** Where parcels are handed in, whoever they are for. */
export interface Post {
  /** Delivers it: to local people, to this server's own services, or to a foreign domain. */
  route(parcel: Parcel): void;
  /** Returns it to its sender with the reason, where the protocol lets it; settles its receipt. */
  bounce(parcel: Parcel, failure: Fault): void;
}

/** The way to foreign domains. */
export interface Abroad {
  /** Sends it, or queues it until a link is up; what cannot be delivered comes back through `Post.bounce`. */
  send(parcel: Parcel): void;
}
