import type { Connection } from "../base/network.ts";
import { Alarm } from "../base/wheel.ts";
import type { Jid } from "../xmpp/jid.ts";
import type { Cut } from "../xmpp/stanza.ts";
import type { SendWindow } from "../xmpp/stream-management.ts";
import { requestText } from "../xmpp/stream-management-elements.ts";
import { arrived, givenUp, keepMeanwhile, taken } from "./custody.ts";
import type { Device } from "./device.ts";
import type { Parcel } from "./parcel.ts";
import { type SessionView, shownEndpoint, shownSecurity } from "./session-view.ts";
import type { Backlog, Site } from "./site.ts";

/** What a device asks of the connection it is on. */
export interface Line extends Pick<Connection, "write" | "writeText" | "queuedBytes" | "remote" | "tls"> {
  /** The reader is too slow to be kept: end it. */
  cutOff(): void;
}

/**
 * One signed-in XMPP device of a local person: its presence, and the way to it. It outlives its connection when stream
 * management lets it resume.
 */
export class XmppDevice implements Device, Backlog {
  readonly jid: Jid;
  readonly since: number;
  /** It has sent available presence and not gone since (RFC 6121 §4.2). */
  available = false;
  priority = 0;
  interested = false;
  carbons = false;
  /** Its last available presence, as it was said. */
  own: Cut | undefined;
  /** The same as others see it, to be addressed to whoever may. */
  presence: Cut | undefined;
  /** What others see, for the operator: "available", "away", … */
  show = "unavailable";
  /** RFC 6121 §4.6: those who were told directly, by full address. */
  readonly directed = new Map<string, Jid>();
  /** Undefined while its connection is lost and it may still resume. */
  line: Line | undefined;
  /** Stream management, once the client has enabled it. */
  sm: SendWindow<Parcel> | undefined;
  readonly #site: Site;
  readonly #stuck = new Alarm(() => this.line?.cutOff());
  readonly #settleLate = new Alarm(() => this.#keepUnconfirmed());
  /** Without stream management: what the system has not taken yet. */
  #toDrain: Parcel[] = [];
  #onDrained: (() => void)[] = [];
  #requested = false;
  #looking = false;
  readonly #look = () => {
    this.#looking = false;
    if (this.line?.queuedBytes === 0) this.drained();
  };

  constructor(site: Site, jid: Jid, line: Line) {
    this.#site = site;
    this.jid = jid;
    this.line = line;
    this.since = site.world.clock.now();
  }

  /** RFC 6121 §8.5.2.1.2: presence is for devices that are there. */
  get hearsPresence(): boolean {
    return this.available;
  }

  get sessions(): readonly SessionView[] {
    const { line } = this;
    return [
      {
        address: this.jid.full,
        protocol: "xmpp",
        remote: line === undefined ? undefined : shownEndpoint(line.remote),
        tls: shownSecurity(line?.tls),
        since: this.since,
        presence: this.show,
      },
    ];
  }

  /** Hands a stanza to the device: at once, or when it resumes. */
  deliver(parcel: Parcel): void {
    const { sm, line } = this;
    const { receipt } = parcel;
    const waited = receipt !== undefined || (parcel.name === "message" && !parcel.copy);
    this.#site.tally.client.sent(parcel.name);
    if (this.#site.tracer.on) this.#site.tracer.stanza("sent", `to ${this.jid.full}`, parcel);
    if (sm !== undefined) {
      if (!sm.send(parcel)) {
        // unackedStanzasMax: a device that confirms nothing is as good as gone.
        if (givenUp(parcel)) keepMeanwhile(this.#site, parcel);
        this.line?.cutOff();
        return;
      }
      if (receipt !== undefined && !this.#settleLate.isSet) {
        this.#site.wheel.set(this.#settleLate, this.#site.settings.limits.settleMs);
      }
    } else if (waited) this.#toDrain.push(parcel);
    if (line === undefined) return;
    line.write(parcel.bytes);
    if (sm === undefined && waited) this.#lookLater();
    if (sm !== undefined && !this.#requested) this.#request(line);
    const { queuedBytes } = line;
    if (queuedBytes > this.#site.settings.limits.outputPauseBytes) {
      if (queuedBytes > this.#site.settings.limits.outputBytesMax) line.cutOff();
      else this.#site.backlog = this;
    }
  }

  /** XEP-0198 §4: the client says how many stanzas it has handled. False when it counts what was never sent. */
  acknowledged(h: number): boolean {
    const { sm } = this;
    if (sm === undefined) return true;
    let covered = sm.ack(h);
    if (covered < 0) return false;
    for (; covered > 0; covered--) {
      const parcel = sm.shift();
      if (parcel === undefined) break;
      arrived(this.#site, parcel);
    }
    this.#requested = false;
    if (sm.unacked === 0) this.#site.wheel.clear(this.#settleLate);
    else if (this.line !== undefined && sm.sinceRequest > 0) this.#request(this.line);
    return true;
  }

  /** Everything written has been taken by the system. */
  drained(): void {
    if (this.#toDrain.length > 0) {
      const written = this.#toDrain;
      this.#toDrain = [];
      for (const parcel of written) taken(parcel);
    }
    if (this.#onDrained.length > 0) {
      this.#site.wheel.clear(this.#stuck);
      const waiting = this.#onDrained;
      this.#onDrained = [];
      for (const then of waiting) then();
    }
  }

  whenDrained(then: () => void): void {
    if (this.line === undefined) {
      then();
      return;
    }
    this.#onDrained.push(then);
    this.#lookLater();
    if (!this.#stuck.isSet) this.#site.wheel.set(this.#stuck, this.#site.settings.limits.slowReaderMs);
  }

  /** The connection is lost; what waits for it waits for the next, and its senders are read again. */
  detach(): void {
    this.line = undefined;
    this.#requested = false;
    this.#site.wheel.clear(this.#stuck);
    const waiting = this.#onDrained;
    this.#onDrained = [];
    for (const then of waiting) then();
  }

  /** XEP-0198 §5: the session goes on over a new connection; what was not confirmed is sent again. */
  attach(line: Line): void {
    this.line = line;
    const { sm } = this;
    if (sm === undefined) return;
    for (let index = 0; index < sm.unacked; index++) {
      const parcel = sm.at(index);
      if (parcel !== undefined) line.write(parcel.bytes);
    }
    if (sm.unacked > 0) this.#request(line);
  }

  /** The device is gone for good. Answers what it never confirmed, oldest first. */
  end(): readonly Parcel[] {
    this.#site.wheel.clear(this.#settleLate);
    this.detach();
    const left = this.#toDrain;
    this.#toDrain = [];
    for (let parcel = this.sm?.shift(); parcel !== undefined; parcel = this.sm?.shift()) left.push(parcel);
    return left;
  }

  /** What the system takes at once, at the end of the turn, is never told as drained. */
  #lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#site.world.clock.endOfTurn(this.#look);
  }

  #request(line: Line): void {
    this.#requested = true;
    if (this.sm !== undefined) this.sm.sinceRequest = 0;
    line.writeText(requestText);
  }

  /**
   * settleMs have passed and the device has not confirmed: what its senders wait for is also kept in the store, so that they
   * can be answered. The copy goes when the device confirms after all.
   */
  #keepUnconfirmed(): void {
    const { sm } = this;
    if (sm === undefined) return;
    for (let index = 0; index < sm.unacked; index++) {
      const parcel = sm.at(index);
      if (parcel !== undefined) keepMeanwhile(this.#site, parcel);
    }
  }
}
