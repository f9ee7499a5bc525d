import type { Address } from "../base/address.ts";
import { Alarm } from "../base/wheel.ts";
import { words } from "../presence/words.ts";
import { presenceInner } from "../translate/presence.ts";
import { deviceJid, personJid, presenceCut } from "../translate/stanza.ts";
import type { Post } from "./parcel.ts";
import type { People } from "./people.ts";
import { PhoneDevice, phoneResource } from "./phone-device.ts";
import type { PresenceBoard } from "./presence-board.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import type { Rosters } from "./rosters.ts";
import type { Site } from "./site.ts";

/** One telephone line, as its call manager tells of it. */
type Line = {
  readonly owner: Address;
  /** Which call manager, and which of its lines: "cucm1 line 1". */
  readonly id: string;
  readonly trunk: string;
  readonly name: string;
  offHook: boolean;
  /** When it came to be as it is, and when its call manager last told of it: milliseconds since 1970. */
  since: number;
  toldAt: number;
  readonly stale: Alarm;
};

/** One telephone line, for the operator. */
export type LineView = {
  readonly owner: string;
  /** The call manager it is told by, as sip.trunks names it. */
  readonly trunk: string;
  readonly line: string;
  readonly state: "on-hook" | "off-hook";
  /** Since when it is so: milliseconds since 1970. */
  readonly since: number;
  /** When its call manager last told of it. */
  readonly toldAt: number;
};

/**
 * Telephone lines of local people (MAP-11, SET-163): what call managers publish of them. While a line is off the hook its owner
 * is "on the phone", for everybody who may watch them; a line nobody has told of for limits.phoneStateMs, or whose call manager
 * is gone, says nothing any more.
 */
export class PhoneDesk {
  readonly #site: Site;
  readonly #people: People;
  readonly #rosters: Rosters;
  readonly #board: PresenceBoard;
  readonly #presence: PresenceDesk;
  readonly #post: Post;
  readonly #lines = new Map<string, Line>();
  readonly #devices = new Map<string, PhoneDevice>();
  #offHook = 0;

  constructor(site: Site, people: People, rosters: Rosters, board: PresenceBoard, presence: PresenceDesk, post: Post) {
    this.#site = site;
    this.#people = people;
    this.#rosters = rosters;
    this.#board = board;
    this.#presence = presence;
    this.#post = post;
  }

  get count(): number {
    return this.#lines.size;
  }

  /** Every line anything is known of, by owner. */
  views(): readonly LineView[] {
    const views: LineView[] = [];
    for (const { owner, trunk, name, offHook, since, toldAt } of this.#lines.values()) {
      views.push({ owner: owner.text, trunk, line: name, state: offHook ? "off-hook" : "on-hook", since, toldAt });
    }
    return views.sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : a.line < b.line ? -1 : 1));
  }

  /** What a call manager says of a line; false when there are too many. */
  tell(owner: Address, trunk: string, line: string, offHook: boolean, ms: number): boolean {
    const key = `${owner.text} ${trunk} ${line}`;
    const now = this.#site.world.clock.now();
    let known = this.#lines.get(key);
    if (known === undefined) {
      if (this.#lines.size >= this.#site.settings.limits.phoneLinesMax) return false;
      const stale = new Alarm(() => this.#forget(key));
      known = { owner, id: `${trunk} ${line}`, trunk, name: line, offHook: false, since: now, toldAt: now, stale };
      this.#lines.set(key, known);
    }
    const most = this.#site.settings.limits.phoneStateMs;
    this.#site.wheel.set(known.stale, Math.min(ms, most));
    known.toldAt = now;
    if (known.offHook !== offHook) {
      known.offHook = offHook;
      known.since = now;
      this.#offHook += offHook ? 1 : -1;
      this.#site.log("info", offHook ? "line off hook" : "line on hook", { who: owner.text, line: known.id });
    }
    this.#board.put(owner.text, {
      id: `phone ${known.id}`,
      kind: "phone",
      availability: offHook ? "on-the-phone" : "available",
      note: "",
      priority: -1,
      since: known.since,
    });
    this.#show(owner.text);
    this.#count();
    return true;
  }

  /** A line's publication was taken back. */
  drop(owner: Address, trunk: string, line: string): void {
    this.#forget(`${owner.text} ${trunk} ${line}`);
  }

  /** A call manager is gone: what it said of its lines is not known any more. */
  trunkDown(trunk: string): void {
    let count = 0;
    for (const [key, line] of [...this.#lines]) {
      if (line.trunk !== trunk) continue;
      this.#forget(key);
      count++;
    }
    if (count > 0)
      this.#site.log("warn", "call manager gone: its lines are not known any more", { trunk, lines: count });
  }

  #forget(key: string): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    this.#lines.delete(key);
    this.#site.wheel.clear(line.stale);
    if (line.offHook) this.#offHook--;
    this.#board.drop(line.owner.text, `phone ${line.id}`);
    this.#show(line.owner.text);
    this.#count();
  }

  /** The telephone is a device of its own while a line of the person is off the hook. */
  #show(bare: string): void {
    let offHook = false;
    for (const source of this.#board.sources(bare)) {
      if (source.kind === "phone" && source.availability === "on-the-phone") offHook = true;
    }
    const device = this.#devices.get(bare);
    if (offHook === (device !== undefined)) return;
    if (device !== undefined) {
      this.#devices.delete(bare);
      this.#rosters.use(bare, (book) => {
        this.#presence.shows(device, book, undefined);
        this.#people.remove(device);
      });
      return;
    }
    const jid = deviceJid(personJid(bare), phoneResource);
    const made = new PhoneDevice(this.#post, jid);
    this.#devices.set(bare, made);
    this.#people.add(made);
    const inner = presenceInner("on-the-phone", words["on-the-phone"], made.priority);
    this.#rosters.use(bare, (book) => {
      if (this.#devices.get(bare) === made)
        this.#presence.shows(
          made,
          book,
          presenceCut(jid, undefined, () => inner),
        );
    });
  }

  #count(): void {
    const { metrics } = this.#site.world;
    metrics.series("comity_phone_lines", "off-hook").set(this.#offHook);
    metrics.series("comity_phone_lines", "on-hook").set(this.#lines.size - this.#offHook);
  }
}
