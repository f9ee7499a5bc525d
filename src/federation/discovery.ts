import type { DomainName } from "../base/domain-name.ts";
import { type Fault, wordsFor } from "../base/fault.ts";
import type { Resolver } from "../base/resolver.ts";
import { saysNone } from "../dns/host-addresses.ts";
import { dnsName } from "../dns/name.ts";
import type { SipPartnerType } from "./sip-partner.ts";

/** One record that was asked for, with what came back. */
export type Asked = { readonly name: string; readonly words: string };

/** By which protocol a domain nobody configured is reached (SET-13, RT-06). */
export type Discovery = {
  readonly asked: readonly Asked[];
  /** How long the answers may be believed, seconds; 0 where there were none. */
  readonly ttlSeconds: number;
} & (
  | { readonly kind: "xmpp" }
  | { readonly kind: "sip"; readonly type: SipPartnerType }
  /** It names servers of neither: XMPP has the domain's own address to try (RFC 6120 §3.2.2), SIP has nothing. */
  | { readonly kind: "none" }
  /** DNS did not answer what would have decided. */
  | { readonly kind: "failed"; readonly why: Fault }
);

/** The records that say a protocol is spoken. Who names the first of SIP's is as Microsoft's servers are. */
const records = {
  xmpp: ["_xmpp-server._tcp", "_xmpps-server._tcp"],
  sip: ["_sipfederationtls._tcp", "_sips._tcp", "_sip._tcp"],
} as const;

type Answer = { readonly name: string; readonly ttlSeconds: number; readonly is: "there" | "none" | Fault };

/**
 * Asks DNS which protocol a domain speaks. Where it names servers of both, `prefer` decides (RT-17: never both); nothing is guessed
 * while an answer that could change the outcome is missing.
 */
export async function discover(
  domain: DomainName,
  prefer: "xmpp" | "sip",
  resolver: Pick<Resolver, "resolve">,
): Promise<Discovery> {
  const host = dnsName(domain);
  if (host === undefined) return { kind: "none", asked: [], ttlSeconds: 0 };
  const [xmpp, sip] = await Promise.all([ask(records.xmpp, host, resolver), ask(records.sip, host, resolver)]);
  const both = prefer === "xmpp" ? [xmpp, sip] : [sip, xmpp];
  const asked = [...xmpp, ...sip].map(({ name, is }) => ({
    name,
    words: is === "there" ? "there" : is === "none" ? "none" : wordsFor(is),
  }));
  for (const answers of both) {
    const there = answers.filter(({ is }) => is === "there");
    if (there.length > 0) {
      const ttlSeconds = Math.min(...there.map((each) => each.ttlSeconds));
      if (answers === xmpp) return { kind: "xmpp", asked, ttlSeconds };
      const type = there[0]?.name.startsWith(`${records.sip[0]}.`) === true ? "sfb2019" : "simple";
      return { kind: "sip", type, asked, ttlSeconds };
    }
    const failed = answers.find(({ is }) => typeof is === "object");
    if (failed !== undefined && typeof failed.is === "object") {
      return { kind: "failed", why: failed.is, asked, ttlSeconds: 0 };
    }
  }
  return { kind: "none", asked, ttlSeconds: 0 };
}

function ask(names: readonly string[], host: string, resolver: Pick<Resolver, "resolve">): Promise<readonly Answer[]> {
  return Promise.all(
    names.map(async (service): Promise<Answer> => {
      const name = `${service}.${host}`;
      const answer = await resolver.resolve(name, "SRV");
      if (!answer.ok) return { name, ttlSeconds: 0, is: saysNone(answer.fault) ? "none" : answer.fault };
      // RFC 2782: a sole record with the target "." says that the service is decidedly not available.
      const usable = answer.value.records.some(({ target }) => target !== "." && target !== "");
      return { name, ttlSeconds: answer.value.ttlSeconds, is: usable ? "there" : "none" };
    }),
  );
}
