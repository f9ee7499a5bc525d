export type Level = "debug" | "info" | "warn" | "error";

/** What a log line may carry beside its words. Never a password, key, token or message body. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The door to the operator's eyes: one event a line. `room` is the part of the program that speaks. */
export interface Log {
  write(level: Level, room: string, what: string, fields?: Fields): void;
  /** False when a line of that level and room would go nowhere; ask before building costly fields. */
  enabled(level: Level, room: string): boolean;
}
