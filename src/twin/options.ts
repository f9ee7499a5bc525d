import type { PemIdentity } from "../base/network.ts";
import type { World } from "../base/world.ts";
import type { ProfileName } from "./profile.ts";
import type { Quirks } from "./quirk.ts";

/** The doors a stand-in reaches the outside through. */
export type TwinDoors = Pick<World, "network" | "clock" | "random" | "log">;

/** Who the stand-in is and whom it talks to. */
export type TwinOptions = {
  readonly profile: ProfileName;
  /** The domain its people are in: contoso.example. */
  readonly domain: string;
  /** The domains whose people may talk to them. */
  readonly peerDomains: readonly string[];
  readonly address: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** Its name in Via, Record-Route and Contact; undefined: the first DNS name of its certificate, else the domain. */
  readonly host?: string | undefined;
  /** Where it connects to; without it only the other side connects. `host` is what that certificate has to name. */
  readonly peer?: { readonly address: string; readonly port: number; readonly host: string } | undefined;
  /** "tcp": in the clear, as OCS without an edge; no certificates then. */
  readonly transport: "tls" | "tcp";
  readonly identity?: PemIdentity | undefined;
  /** PEM of the authorities whose certificates are believed. */
  readonly trusted: string;
  readonly users: readonly string[];
  /** Where real clients of these people may sign in, and with which password; undefined: nowhere. */
  readonly clients?: ClientOptions | undefined;
  /** URI of a relay in front of its MSRP; undefined: none. */
  readonly msrpRelay?: string | undefined;
  readonly quirks?: Partial<Quirks>;
};

/** The front end for real clients. A port that is not given is not listened on. */
export type ClientOptions = {
  /** 0 asks for any free port. */
  readonly tlsPort?: number | undefined;
  readonly tcpPort?: number | undefined;
  readonly password: string;
};
