import type { TlsFacts } from "../base/network.ts";
import type { LinkState } from "../federation/link-state.ts";
import type { Links } from "./links.ts";
import type { People } from "./people.ts";
import type { SessionView } from "./session-view.ts";

/** Every signed-in device, for the operator: a line for each connection. */
export function sessionViews(people: People): readonly SessionView[] {
  const views: SessionView[] = [];
  for (const device of people.all()) views.push(...device.sessions);
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
