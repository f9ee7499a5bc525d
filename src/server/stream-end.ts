import type { Fault } from "../base/fault.ts";
import type { Fields } from "../base/log.ts";
import type { Site } from "./site.ts";
import type { Side } from "./tally.ts";

/** Ends that are nobody's mistake. */
const ordinary: ReadonlySet<string> = new Set(["system-shutdown", "stream-conflict", "account-ended"]);

/** A stream ended with an error, ours or theirs: counted, and told to the operator with `fields` to say whose it was. */
export function streamEnded(site: Site, side: Side, why: Fault, fields: Fields): void {
  const by = why.code === "remote-stream-error" ? "peer" : "us";
  site.world.metrics.series("comity_stream_errors_total", side, by, why.code).add(1);
  const level = ordinary.has(why.code) ? "info" : "warn";
  site.log(level, "stream ended", { side, ...fields, by, fault: why.code, detail: why.detail });
}
