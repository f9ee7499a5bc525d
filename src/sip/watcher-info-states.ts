/** RFC 3857 §4.7.1: where a watcher's subscription stands, as the person watched is told. */
export type WatcherStatus = "pending" | "active" | "waiting" | "terminated";

/** What brought it there (RFC 3858 §4.1). */
export type WatcherEvent =
  | "subscribe"
  | "approved"
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource";

type Row = Readonly<Partial<Record<WatcherEvent, WatcherStatus>>>;

/**
 * RFC 3857 §4.7.1, Figure 1, as data: a status, an event, the status after it; what is not in the table changes nothing. A
 * watcher that gave up waiting for a decision is "waiting", so that the person still learns who it was.
 */
export const watcherTable: Readonly<Record<WatcherStatus, Row>> = {
  pending: {
    approved: "active",
    rejected: "terminated",
    deactivated: "terminated",
    probation: "terminated",
    noresource: "terminated",
    timeout: "waiting",
  },
  active: {
    rejected: "terminated",
    deactivated: "terminated",
    probation: "terminated",
    timeout: "terminated",
    noresource: "terminated",
  },
  waiting: {
    approved: "terminated",
    rejected: "terminated",
    giveup: "terminated",
    noresource: "terminated",
  },
  terminated: {},
};

/** RFC 3857 §4.7.1: what a SUBSCRIBE begins with, by the policy there is ("init" in the figure). */
export function firstStatus(policy: "accept" | "pending" | "reject"): readonly [WatcherStatus, WatcherEvent] {
  switch (policy) {
    case "accept":
      return ["active", "subscribe"];
    case "pending":
      return ["pending", "subscribe"];
    case "reject":
      return ["terminated", "rejected"];
  }
}

/** The status after an event; undefined when it changes nothing and nobody is told. */
export function nextStatus(status: WatcherStatus, event: WatcherEvent): WatcherStatus | undefined {
  return watcherTable[status][event];
}
