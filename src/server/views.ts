import type { TlsFacts } from "../base/network.ts";
import type { LinkState } from "../federation/link-state.ts";
import type { Links } from "./links.ts";
import type { People } from "./people.ts";

/** One signed-in device, for the operator. Times are milliseconds since 1970. */
export type SessionView = {
  /** Full address: "alice@ours.example/desk". */
  readonly address: string;
  readonly protocol: "xmpp" | "sip";
  /** "192.0.2.7:40112"; undefined while the device is away and may still resume. */
  readonly remote: string | undefined;
  /** "TLSv1.3 TLS_AES_128_GCM_SHA256"; undefined in the clear. */
  readonly tls: string | undefined;
  readonly since: number;
  /** What others see: "available", "away", "chat", "dnd", "xa", "unavailable". */
  readonly presence: string;
};

export function sessionViews(people: People): readonly SessionView[] {
  const views: SessionView[] = [];
  for (const { jid, line, since, show } of people.all()) {
    const { address, port } = line?.remote ?? {};
    views.push({
      address: jid.full,
      protocol: "xmpp",
      remote: address === undefined ? undefined : `${address.includes(":") ? `[${address}]` : address}:${port}`,
      tls: line?.tls === undefined ? undefined : `${line.tls.protocol} ${line.tls.cipher}`,
      since,
      presence: show,
    });
  }
  return views;
}

export function linkStates(links: Links, nowMs: number): readonly LinkState[] {
  const states: LinkState[] = [];
  for (const route of links.routes) {
    const { link, local, foreign, queued } = route;
    states.push({
      direction: "out",
      stage: route.stage,
      pairs: [{ local, foreign, proof: link?.method }],
      remote: link?.remote,
      host: link?.target.host,
      tls: shownTls(link?.tls),
      acks: link?.acks ?? false,
      ageMs: nowMs - (link?.since ?? route.since),
      idleMs: nowMs - (link?.lastMs ?? route.since),
      queuedStanzas: queued.stanzas,
      queuedBytes: queued.bytes,
      unackedStanzas: link?.unacked ?? 0,
      retryMs: route.retryMs,
      lastFault: route.lastFault,
    });
  }
  for (const link of links.inbound) {
    states.push({
      direction: "in",
      stage: link.method === undefined ? "proving" : "up",
      pairs: link.pairs.map(([foreign, local]) => ({ local, foreign, proof: link.method })),
      remote: link.remote,
      host: undefined,
      tls: shownTls(link.tls),
      acks: link.acks,
      ageMs: nowMs - link.since,
      idleMs: nowMs - link.lastMs,
      queuedStanzas: 0,
      queuedBytes: 0,
      unackedStanzas: 0,
      retryMs: undefined,
      lastFault: link.lastFault,
    });
  }
  return states;
}

function shownTls(facts: TlsFacts | undefined): LinkState["tls"] {
  return facts === undefined ? undefined : { protocol: facts.protocol, cipher: facts.cipher };
}
