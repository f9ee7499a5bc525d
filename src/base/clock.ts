/** The door to time. Only `world/` and `sim/` read a real clock; everybody else is handed this. */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00Z. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Runs `then` once after at least `ms`. Few callers need it: sessions and links use the one timer wheel. */
  after(ms: number, then: () => void): Cancel;
  /** Runs `then` once when this turn of the event loop has read what there was to read. */
  endOfTurn(then: () => void): void;
}

/** Takes back what was asked for; harmless when it has happened already. */
export type Cancel = () => void;
