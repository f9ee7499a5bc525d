/**
 * The stages a message passes, in order. Trace, log, metrics, docs/FLOW.md and the troubleshooter use these names and no
 * others.
 */
export const stages = {
  received: "its bytes have arrived on a connection",
  parsed: "its frame and envelope are known and well formed",
  admitted: "its sender is who they say, and within the limits",
  routed: "its receiver is known: a device, an absent local person, or a foreign domain",
  permitted: "policy and the receiver's own rules let it through",
  translated: "it is in the receiver's protocol",
  queued: "it waits for a link or a device that is not up yet",
  located: "the foreign domain's servers are known, in order",
  connected: "a connection to one of them stands",
  trusted: "both sides have proved who they are",
  sent: "its bytes have left",
  answered: "the other side has confirmed or refused it",
  done: "nothing more will happen to it: delivered, kept, or returned with words",
} as const;

export type Stage = keyof typeof stages;
