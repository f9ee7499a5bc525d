import * as blocking from "./blocking.ts";
import * as carbons from "./carbons.ts";
import * as delayedDelivery from "./delayed-delivery.ts";
import { ns } from "./ns.ts";
import * as offline from "./offline.ts";
import * as ping from "./ping.ts";
import * as softwareVersion from "./software-version.ts";

/** What this server can do, as disco#info tells it (XEP-0030 §3.1): each feature's own file says its name. */
export const serverFeatures: readonly string[] = [
  blocking.feature,
  carbons.feature,
  delayedDelivery.feature,
  offline.feature,
  ping.feature,
  ns.roster,
  softwareVersion.feature,
];
