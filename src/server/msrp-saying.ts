import type { Fault } from "../base/fault.ts";
import type { SipContent } from "../sip/content.ts";
import { faultOfMsrp } from "../translate/errors.ts";
import type { MsrpMedia } from "./msrp-media.ts";
import type { MsrpSender } from "./msrp-session.ts";
import type { Site } from "./site.ts";

/** Who waits for what becomes of a text over MSRP. */
export type Sayer = {
  /** The other end has it, or never will: as with the answer to a MESSAGE. */
  readonly answered: (status: number, why: () => Fault) => void;
  /** It reports that it was shown (RFC 7573 §8). */
  readonly arrived: () => void;
  /** It had it, and reports now that it could not be shown. */
  readonly failedLate: (why: Fault) => void;
};

/** Says one text over a session of MSRP. */
export function sayOverMsrp(site: Site, media: MsrpMedia, content: SipContent, report: boolean, sayer: Sayer): void {
  const count = (outcome: "taken" | "failed") =>
    site.world.metrics.series("comity_msrp_messages_total", "out", outcome).add(1);
  let taken = false;
  const sent = media.say(content, report, {
    taken: () => {
      taken = true;
      count("taken");
      sayer.answered(200, () => faultOfMsrp(200));
    },
    arrived: sayer.arrived,
    failed: (status, why) => {
      count("failed");
      if (taken) sayer.failedLate(faultOfMsrp(status));
      else sayer.answered(status, () => why ?? faultOfMsrp(status));
    },
  });
  if (!sent) sayer.answered(415, () => faultOfMsrp(415));
}

/** For what nobody waits to hear of. */
export const indifferent: MsrpSender = { taken() {}, arrived() {}, failed() {} };
