import { execPath } from "node:process";
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
  /** Where a program in Node writes its CPU profiles, when they are asked for. */
  readonly profiles: string | undefined;
  /** More lines of its configuration, whole sections. */
  readonly more?: string;
};

/** The SIP domain that the driver plays beside a server. */
export type PartnerPlace = {
  readonly address: string;
  readonly port: number;
  readonly domain: string;
  readonly certificate: string;
  readonly key: string;
  /** How texts go there. */
  readonly mode: "page" | "session" | "msrp";
};

/** What a workload needs of a server: "raw" and "sip-raw" are the bare relays. */
export type Protocol = "raw" | "xmpp" | "sip-raw" | "sip";

/** One program that is measured. */
export interface Peer {
  readonly name: string;
  readonly speaks: readonly Protocol[];
  /** Starts it on its place, on the core for servers; ready for clients when it answers. */
  start(setting: Setting, place: Place): Promise<Process>;
  /** Makes the accounts; once for each place. It runs meanwhile. */
  addUsers(setting: Setting, place: Place): Promise<void>;
  /** Starts all it takes to join its XMPP users with the partner's people. */
  startGateway?(setting: Setting, place: Place, partner: PartnerPlace): Promise<readonly Process[]>;
  /** Tells it of the partner, once its users are made. */
  addPartner?(place: Place, partner: PartnerPlace): Promise<void>;
  /** The domain under which each side has the other's people as `user*domain`; without it they have their own addresses. */
  mangled?(place: Place): string;
}

/** Where there are two cores, the servers have the first and the driver the second. */
export const cores = { server: "0", driver: "1" } as const;

/** A command that runs on one core. */
export function onCore(core: string, command: readonly string[]): readonly string[] {
  return ["taskset", "-c", core, ...command];
}

/** Waits, inside the network, until something takes connections there. */
export async function answers(setting: Setting, host: number, port: number, ms: number): Promise<void> {
  const script = `
    const { connect } = require("node:net");
    const [port, address] = process.argv.slice(1);
    const attempt = () =>
      connect(Number(port), address, () => process.exit(0)).on("error", () => setTimeout(attempt, 100));
    attempt();`;
  await setting.network.run([execPath, "-e", script, "--", String(port), setting.network.address(host)], ms);
}
