import type { Edge } from "./edge.ts";
import type { FrontEnd } from "./front-end.ts";
import type { Links } from "./links.ts";
import type { TwinOptions } from "./options.ts";
import type { Persona } from "./persona.ts";
import type { Shown } from "./pidf-dialect.ts";
import type { Quirks } from "./quirk.ts";
import type { HeardText, SaidText, Sessions } from "./sessions.ts";
import type { Violation } from "./violation.ts";
import type { Watched } from "./watched.ts";
import type { Watching } from "./watching.ts";

/** All a stand-in knows, as JSON can say it. */
export type TwinState = {
  readonly profile: string;
  readonly domain: string;
  readonly peerDomains: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly quirks: Quirks;
  readonly dialogs: number;
  readonly links: readonly {
    readonly id: number;
    readonly direction: "in" | "out";
    readonly up: boolean;
    readonly remote: string;
    readonly tls: string;
    /** The status NEGOTIATE was answered with; 0: not yet; absent: it was not sent. */
    readonly negotiated?: number | undefined;
    readonly requestsIn: number;
    readonly requestsOut: number;
    readonly pings: number;
    readonly pongs: number;
  }[];
  readonly users: Readonly<Record<string, UserState>>;
  readonly violations: readonly Violation[];
};

/** One scripted person. */
export type UserState = {
  readonly uri: string;
  readonly state: string;
  readonly note: string;
  /** The real client that is signed in for them, if any. */
  readonly client?: { readonly from: string; readonly userAgent: string } | undefined;
  /** Whom they watch, by address, and what a Microsoft client would show. */
  readonly sees: Readonly<
    Record<
      string,
      { readonly subscription: string; readonly status: number; readonly notifies: number } & Partial<Shown>
    >
  >;
  /** Who watches them. */
  readonly watchers: readonly {
    readonly who: string;
    readonly consent: string;
    readonly until: number;
    /** The other side's Contact, where NOTIFYs are addressed to. */
    readonly target: string;
  }[];
  readonly heard: readonly HeardText[];
  readonly said: readonly Omit<SaidText, "body">[];
  /** Who types to them, by address. */
  readonly typing: Readonly<Record<string, string>>;
  readonly sessions: readonly {
    readonly with: string;
    readonly callId: string;
    readonly openedBy: string;
    readonly state: string;
    readonly fork: boolean;
  }[];
};

/** What the state is read from. */
type Parts = {
  readonly options: TwinOptions;
  readonly quirks: Quirks;
  readonly personas: ReadonlyMap<string, Persona>;
  readonly edge: Edge;
  readonly links: Links;
  readonly sessions: Sessions;
  readonly watching: Watching;
  readonly watched: Watched;
  readonly violations: readonly Violation[];
  readonly frontEnd: FrontEnd | undefined;
};

export function twinState(twin: Parts): TwinState {
  const { profile, domain, peerDomains } = twin.options;
  const users: Record<string, UserState> = {};
  for (const persona of twin.personas.values()) users[persona.name] = userState(twin, persona);
  return {
    profile,
    domain,
    peerDomains,
    ...twin.links.at,
    quirks: { ...twin.quirks },
    dialogs: twin.edge.dialogs.size,
    links: twin.links.list.map((link) => ({
      id: link.id,
      direction: link.direction,
      up: link.isUp,
      remote: `${link.connection.remote.address} port ${link.connection.remote.port}`,
      tls: link.connection.tls?.protocol ?? "",
      negotiated: link.negotiated,
      requestsIn: link.requestsIn,
      requestsOut: link.requestsOut,
      pings: link.pings,
      pongs: link.pongs,
    })),
    users,
    violations: [...twin.violations],
  };
}

function userState({ watching, watched, sessions, options, frontEnd }: Parts, persona: Persona): UserState {
  const { name, uri, state, note } = persona;
  const sees = watching
    .of(persona)
    .map(
      ({ whom, state: subscription, status, notifies, shown }) =>
        [whom, { subscription, status, notifies, ...shown }] as const,
    );
  const typing = [...sessions.typing].flatMap(([pair, status]) =>
    pair.startsWith(`${name} `) ? [[pair.slice(name.length + 1), status] as const] : [],
  );
  const own = `${name}@${options.domain}`;
  const client = frontEnd?.clientOf(persona);
  return {
    uri,
    state,
    note,
    ...(client === undefined ? {} : { client: { from: client.from, userAgent: client.userAgent } }),
    sees: Object.fromEntries(sees),
    watchers: watched.of(persona).map(({ who, until, dialog }) => ({
      who,
      consent: watched.consentOf(persona, who),
      until,
      target: dialog.target,
    })),
    heard: sessions.heard.filter(({ to }) => to === own),
    said: (sessions.said.get(persona) ?? []).map(({ body: _body, ...said }) => said),
    typing: Object.fromEntries(typing),
    sessions: sessions.list
      .filter((session) => session.persona === persona)
      .map(({ whom, dialog, openedBy, state: at, isFork }) => ({
        with: whom,
        callId: dialog.callId,
        openedBy,
        state: at,
        fork: isFork,
      })),
  };
}
