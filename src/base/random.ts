/** The door to chance: secrets, ids, jitter. In `sim/` it comes from a seed. */
export interface Random {
  /** `count` bytes fit for keys and nonces. */
  bytes(count: number): Uint8Array;
  /** A number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** A short opaque id (letters and digits), unique for practical purposes: stream ids, stanza ids, resources. */
  id(): string;
}
