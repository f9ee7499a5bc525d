import type { Flow } from "./sip-flow.ts";

/** Where requests in our dialogs come to, on the same transport as the flow (RFC 3261 §8.1.1.8): what our Via says. */
export function contactOn(flow: Flow): string {
  const place = /^SIP\/2\.0\/\w+ ([^;]+);/.exec(flow.viaHead)?.[1] ?? "";
  const transport = flow.transport === "udp" ? "" : `;transport=${flow.transport}`;
  return `<sip:${place}${transport}>`;
}
