import type { Address } from "../base/address.ts";
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
 * when its time is over. It lives in memory only: after a restart the reader of the calendars tells it again.
 */
export class CalendarDesk {
  readonly #site: Site;
  readonly #board: PresenceBoard;
  readonly #over = new Map<string, Alarm>();

  constructor(site: Site, board: PresenceBoard) {
    this.#site = site;
    this.#board = board;
  }

  /** What the calendar of a local person says from now on, in place of what it said before. */
  tell({ text: bare }: Address, { state, until, ...word }: CalendarWord): void {
    const note = cutText(cleanText(word.note).trim(), this.#site.settings.limits.presenceNoteBytesMax);
    const availability = shown[state];
    const now = this.#site.world.clock.now();
    if (availability === undefined || (until !== undefined && until <= now)) {
      this.drop(bare);
      return;
    }
    const known = this.#board.source(bare, source);
    const same = known?.availability === availability && known.note === note;
    if (!same) this.#board.put(bare, { id: source, kind: "calendar", availability, note, priority: 0, since: now });
    let alarm = this.#over.get(bare);
    if (alarm === undefined) {
      alarm = new Alarm(() => this.drop(bare));
      this.#over.set(bare, alarm);
    }
    const { calendarStateMs } = this.#site.settings.limits;
    this.#site.wheel.set(alarm, Math.min((until ?? Number.POSITIVE_INFINITY) - now, calendarStateMs));
  }

  /** It says nothing any more: its time is over, or the account is gone. */
  drop(bare: string): void {
    const alarm = this.#over.get(bare);
    if (alarm === undefined) return;
    this.#site.wheel.clear(alarm);
    this.#over.delete(bare);
    this.#board.drop(bare, source);
  }
}
