import { pino } from "pino";
import type { Fields, Level, Log } from "../base/log.ts";
import { humanLine } from "./log-human.ts";

/** Levels by room; `default` holds for every room not named. `off` silences a room. */
export type LogLevels = Readonly<Record<string, Level | "off">> & { readonly default: Level | "off" };

export type ProcessLogOptions = {
  readonly levels: LogLevels;
  /** `json`: one JSON object a line, for machines; `human`: one plain line, for a terminal. */
  readonly form: "json" | "human";
  /** Colours, in the human form. */
  readonly colours?: boolean;
  /** Takes each finished line with its line feed. Default: standard output, written before `write` returns. */
  readonly out?: (line: string) => void;
};

export interface ProcessLog extends Log {
  /** Changes the levels of a running node. */
  setLevels(levels: LogLevels): void;
}

/** Log lines to standard output: pino for JSON, our own plain form for people. */
export function processLog(options: ProcessLogOptions): ProcessLog {
  // Synchronous: the line that says why a process died is out before it dies. No pino transports: they start threads.
  const destination = pino.destination({ dest: 1, sync: true });
  const out = options.out ?? ((line: string) => void destination.write(line));
  let levels = options.levels;

  const floor = (room: string): number => ranks[levels[room] ?? levels.default];
  const enabled = (level: Level, room: string): boolean => ranks[level] >= floor(room);
  const print = options.form === "json" ? jsonPrinter(out) : humanPrinter(out, options.colours ?? false);

  return {
    enabled,
    write(level, room, what, fields) {
      if (enabled(level, room)) print(level, room, what, fields);
    },
    setLevels(next) {
      levels = next;
    },
  };
}

const ranks: Readonly<Record<Level | "off", number>> = { debug: 20, info: 30, warn: 40, error: 50, off: 60 };

type Print = (level: Level, room: string, what: string, fields: Fields | undefined) => void;

function jsonPrinter(out: (line: string) => void): Print {
  const root = pino(
    {
      level: "debug",
      base: null,
      messageKey: "what",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: out },
  );
  const rooms = new Map<string, pino.Logger>();
  return (level, room, what, fields) => {
    let logger = rooms.get(room);
    if (logger === undefined) {
      logger = root.child({ room });
      rooms.set(room, logger);
    }
    if (fields === undefined) logger[level](what);
    else logger[level](fields, what);
  };
}

function humanPrinter(out: (line: string) => void, colours: boolean): Print {
  return (level, room, what, fields) => out(humanLine(new Date(), level, room, what, fields, colours));
}
