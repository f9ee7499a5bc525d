import type { Cancel } from "./clock.ts";

/**
 * The door between nodes. On one machine it is a function call; over several nodes it is a broker. Delivery is at most
 * once and in order per sender; what must not be lost lies in the store.
 */
export interface Bus {
  /** This node's own name, unique among the nodes. */
  readonly node: string;
  /** Sends to everybody who listens to the subject, ourselves included. */
  publish(subject: string, payload: Uint8Array): void;
  subscribe(subject: string, on: (payload: Uint8Array, from: string) => void): Cancel;
  /** The shared directory: last writer wins; an entry goes when its node goes. */
  put(key: string, value: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}
