import type { Fault } from "../base/fault.ts";
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

/** One link to or from a foreign domain, or the attempt to have one. */
export type LinkView = {
  readonly direction: "in" | "out";
  readonly local: string;
  readonly foreign: string;
  readonly state: string;
  readonly remote: string | undefined;
  readonly tls: string | undefined;
  /** How the foreign domain proved who it is. */
  readonly proof: "certificate" | "dialback" | undefined;
  readonly since: number;
  readonly queuedStanzas: number;
  readonly queuedBytes: number;
  /** When the next try is due. */
  readonly retryAt: number | undefined;
  readonly lastFault: (Fault & { readonly at: number }) | undefined;
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

export function linkViews(links: Links): readonly LinkView[] {
  const views: LinkView[] = [];
  for (const route of links.routes) {
    const { link, queued } = route;
    views.push({
      direction: "out",
      local: route.local,
      foreign: route.foreign,
      state: route.state,
      remote: link?.remote,
      tls: link?.tls,
      proof: proofOf(link?.method),
      since: link?.since ?? route.since,
      queuedStanzas: queued.stanzas,
      queuedBytes: queued.bytes,
      retryAt: route.retryAt,
      lastFault: route.lastFault,
    });
  }
  for (const link of links.inbound) {
    const rows = link.pairs.length > 0 ? link.pairs : [[link.foreign, link.local] as const];
    for (const [foreign, local] of rows) {
      views.push({
        direction: "in",
        local: local ?? "",
        foreign: foreign ?? "",
        state: link.method === undefined ? "proving" : "up",
        remote: link.remote,
        tls: link.tls,
        proof: proofOf(link.method),
        since: link.since,
        queuedStanzas: 0,
        queuedBytes: 0,
        retryAt: undefined,
        lastFault: link.lastFault,
      });
    }
  }
  return views;
}

/** How it was proved, in the operator's two words. */
function proofOf(method: "external" | "dialback" | "certificate" | undefined): LinkView["proof"] {
  return method === "external" ? "certificate" : method;
}
