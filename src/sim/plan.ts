/** What may happen in a simulated world. Ranges are both ends included; chances are from 0 to 1. */
export type Plan = {
  /** How long a segment, or a connection request, is under way. */
  readonly latencyMs: readonly [number, number];
  /** That a segment is split in two, at a random place; asked again for each part. */
  readonly splitChance: number;
  /** Per segment: that the connection breaks, and both ends learn of it. */
  readonly cutChance: number;
  /** Per segment: that the connection falls silent for ever, and nobody is told. */
  readonly silentChance: number;
  /** Per connection request: that it is refused, or never answered. */
  readonly refusedChance: number;
  readonly unansweredChance: number;
  /** Per datagram: that it is lost, that it comes twice, and that it is late by so much, so that others overtake it. */
  readonly datagramLossChance: number;
  readonly datagramTwiceChance: number;
  readonly datagramLateChance: number;
  readonly datagramLateMs: readonly [number, number];
  /** Bytes that may be under way or unread in one direction of a connection before its writer has to wait. */
  readonly windowBytes: number;
  /** How long the store takes to make a transaction last, and per transaction: that it fails. */
  readonly storeMs: readonly [number, number];
  readonly storeFailureChance: number;
  readonly busMs: readonly [number, number];
  /** How long one password derivation takes. */
  readonly hashingMs: number;
  /** A run is given up after so many events. */
  readonly eventsMax: number;
};

/** A world in good order: segments are split and take their time, nothing fails. */
export const calm: Plan = {
  latencyMs: [0, 5],
  splitChance: 0.2,
  cutChance: 0,
  silentChance: 0,
  refusedChance: 0,
  unansweredChance: 0,
  datagramLossChance: 0,
  datagramTwiceChance: 0,
  datagramLateChance: 0,
  datagramLateMs: [20, 2_000],
  windowBytes: 65_536,
  storeMs: [0, 3],
  storeFailureChance: 0,
  busMs: [0, 5],
  hashingMs: 1,
  eventsMax: 1_000_000,
};
