import { type Address, parseAddress } from "../base/address.ts";
import { Alarm } from "../base/wheel.ts";
import type { Availability } from "../presence/availability.ts";
import { cleanText } from "../translate/clean-text.ts";
import { cutText } from "../translate/split-text.ts";
import type { PresenceBoard } from "./presence-board.ts";
import type { Site } from "./site.ts";

/** What a calendar can say of the moment. */
export const calendarStates = ["free", "tentative", "in-a-meeting", "out-of-office"] as const;

export type CalendarWord = {
  readonly state: (typeof calendarStates)[number];
  /** Milliseconds since 1970; undefined: until it says something else, at most limits.calendarStateMs. */
  readonly until: number | undefined;
  /** Free text beside the state; "" when none. */
  readonly note: string;
};

const source = "calendar";

/** MAP-11: somebody with time is as their devices say; a calendar that says so says nothing. */
const shown: Readonly<Record<CalendarWord["state"], Availability | undefined>> = {
  free: undefined,
  tentative: undefined,
  "in-a-meeting": "in-a-meeting",
  "out-of-office": "out-of-office",
};

/**
 * The calendars of local people (MAP-11), as whoever reads them tells it: one source a person on the board, which goes by itself
 * when its time is over. What was said last is in the store and holds after a restart, for as long as it would have held.
 */
export class CalendarDesk {
  readonly #site: Site;
  readonly #board: PresenceBoard;
  readonly #over = new Map<string, Alarm>();

  constructor(site: Site, board: PresenceBoard) {
    this.#site = site;
    this.#board = board;
  }

  /** What calendars said before the last stop. Rejects when the store fails. */
  async restore(): Promise<void> {
    const now = this.#site.world.clock.now();
    for (const [bare, word] of await this.#site.world.store.calendars.all()) {
      const state = calendarStates.find((each) => each === word.state);
      const address = parseAddress(bare);
      if (state === undefined || word.until <= now || !address.ok || !this.#site.isLocal(address.value.domain)) {
        await this.#site.world.store.calendars.remove(bare);
      } else if (!this.#over.has(bare)) this.#show(bare, state, word.note, word.since, word.until);
    }
  }

  /**
   * What the calendar of a local person says from now on, in place of what it said before. It is in force at once; rejects when
   * it could not be kept over a restart.
   */
  async tell({ text: bare }: Address, { state, until, ...word }: CalendarWord): Promise<void> {
    const { limits } = this.#site.settings;
    const note = cutText(cleanText(word.note).trim(), limits.presenceNoteBytesMax);
    const now = this.#site.world.clock.now();
    const end = Math.min(until ?? Number.POSITIVE_INFINITY, now + limits.calendarStateMs);
    if (shown[state] === undefined || end <= now) {
      this.drop(bare);
      return;
    }
    const since = this.#show(bare, state, note, now, end);
    await this.#site.world.store.calendars.put(bare, { state, note, since, until: end });
  }

  /** Answers since when it says so. */
  #show(bare: string, state: CalendarWord["state"], note: string, at: number, until: number): number {
    const availability = shown[state];
    if (availability === undefined) return at;
    const known = this.#board.source(bare, source);
    const same = known?.availability === availability && known.note === note;
    const since = same ? known.since : at;
    if (!same) this.#board.put(bare, { id: source, kind: "calendar", availability, note, priority: 0, since });
    let alarm = this.#over.get(bare);
    if (alarm === undefined) {
      alarm = new Alarm(() => this.drop(bare));
      this.#over.set(bare, alarm);
    }
    this.#site.wheel.set(alarm, until - this.#site.world.clock.now());
    return since;
  }

  /** It says nothing any more: its time is over, or the account is gone. */
  drop(bare: string): void {
    const alarm = this.#over.get(bare);
    if (alarm === undefined) return;
    this.#site.wheel.clear(alarm);
    this.#over.delete(bare);
    this.#board.drop(bare, source);
    this.#site.world.store.calendars.remove(bare).catch(this.#site.storeFailed);
  }
}
