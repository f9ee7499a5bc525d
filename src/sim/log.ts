import type { Clock } from "../base/clock.ts";
import type { Fields, Level, Log } from "../base/log.ts";

export type LogLine = {
  readonly at: number;
  readonly level: Level;
  readonly room: string;
  readonly what: string;
  readonly fields: Fields;
};

const ranks: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Keeps every line from `floor` up, for tests to look at. */
export class SimLog implements Log {
  readonly #clock: Pick<Clock, "now">;
  readonly #floor: Level;
  readonly lines: LogLine[] = [];

  constructor(clock: Pick<Clock, "now">, floor: Level = "debug") {
    this.#clock = clock;
    this.#floor = floor;
  }

  enabled(level: Level): boolean {
    return ranks[level] >= ranks[this.#floor];
  }

  write(level: Level, room: string, what: string, fields: Fields = {}): void {
    if (this.enabled(level)) this.lines.push({ at: this.#clock.now(), level, room, what, fields });
  }

  /** The lines as text, for a failing test's message. */
  text(): string {
    const shown = ({ at, level, room, what, fields }: LogLine): string =>
      `${at} ${level} ${room}: ${what} ${JSON.stringify(fields)}`;
    return this.lines.map(shown).join("\n");
  }
}
