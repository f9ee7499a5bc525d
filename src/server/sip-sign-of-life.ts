import { epidOf } from "../sip/epid.ts";
import type { SipMessage } from "../sip/message.ts";
import { requestBytes } from "../sip/request.ts";
import { contactOn } from "./sip-contact.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** What an OPTIONS came to; any final answer shows that who was asked lives (sip-wire 6.2). */
export type SignOfLife = { readonly status: number; readonly answer: SipMessage | undefined; readonly ms: number };

/** Asks the server of a domain, over a connection to it, for a sign of life (RFC 3261 §11). */
export function signOfLife(site: Site, transactions: SipTransactions, flow: Flow, domain: string): Promise<SignOfLife> {
  const [own = "localhost"] = site.settings.domains.keys();
  const asked = site.world.clock.monotonicMs();
  return new Promise((resolve) =>
    transactions.ask(
      flow,
      "OPTIONS",
      (via) =>
        requestBytes({
          method: "OPTIONS",
          uri: `sip:${domain}`,
          via,
          from: `<sip:${own}>;tag=${transactions.token()};epid=${epidOf(own)}`,
          to: `<sip:${domain}>`,
          callId: transactions.token(),
          cseq: 1,
          contact: contactOn(flow),
        }),
      {
        answered: (status, answer) =>
          resolve({ status, answer, ms: Math.round(site.world.clock.monotonicMs() - asked) }),
      },
    ),
  );
}
