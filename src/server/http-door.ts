import type { Limits } from "../base/limits.ts";
import type { Admission } from "./admission.ts";
import type { Site } from "./site.ts";

/** What a connection can be too slow for. */
export type HttpPatience = "tlsHandshakeMs" | "unauthenticatedMs" | "httpIdleMs" | "slowReaderMs" | "closeMs";

/** What the HTTP servers in front of a node ask of it: who may connect, and how long each step may take. */
export type HttpDoor = {
  /** Takes a connection in: what is to be called at its end, or undefined to close it without a word. */
  admit(address: string): (() => void) | undefined;
  readonly limits: Pick<Limits, HttpPatience>;
  /** A connection is closed for being slower than that. */
  tooSlow(address: string, limit: HttpPatience): void;
};

/** HTTP connections are counted together with all others, and bounded as they are. */
export function httpDoor(site: Site, admission: Admission, kind: "http" | "xcap"): HttpDoor {
  return {
    admit: (address) => admission.enter(kind, address),
    get limits() {
      return site.settings.limits;
    },
    tooSlow(address, limit) {
      site.world.metrics.series("comity_connections_refused_total", limit).add(1);
      site.log("info", "connection closed", { address, kind, limit });
    },
  };
}
