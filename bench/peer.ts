import type { Process } from "../interop/process.ts";
import type { Setting } from "../interop/setting.ts";

/** Where the two servers of one peer are, and what domains they serve: the second is for chat across servers. */
export type Place = {
  /** The last byte of its address. */
  readonly host: number;
  readonly domain: string;
  readonly certificate: string;
  readonly key: string;
  readonly folder: string;
  /** Accounts `user0` … on it. */
  readonly users: number;
};

/** One program that is measured. */
export interface Peer {
  readonly name: string;
  readonly clientPort: number;
  /** Starts it on its place, on the core for servers; ready for clients when it answers. */
  start(setting: Setting, place: Place): Promise<Process>;
  /** Makes the accounts; once for each place. It runs meanwhile. */
  addUsers(setting: Setting, place: Place): Promise<void>;
}

/** Where there are two cores, the servers have the first and the driver the second. */
export const cores = { server: "0", driver: "1" } as const;

/** A command that runs on one core. */
export function onCore(core: string, command: readonly string[]): readonly string[] {
  return ["taskset", "-c", core, ...command];
}
