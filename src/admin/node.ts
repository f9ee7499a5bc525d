import type { DomainName } from "../base/domain-name.ts";
import type { DiscoveredView } from "../federation/discovered.ts";
import type { Discovery } from "../federation/discovery.ts";
import type { LinkState } from "../federation/link-state.ts";
import type { CalendarDesk } from "../server/calendar-desk.ts";
import type { ListenerView, PartnerState } from "../server/node.ts";
import type { LineView } from "../server/phone-desk.ts";
import type { PresenceView } from "../server/presence-view.ts";
import type { PrivacyDesk } from "../server/privacy-desk.ts";
import type { SessionView } from "../server/session-view.ts";
import type { SipCounts } from "../server/sip-service.ts";
import type { Tracer } from "../server/tracer.ts";

export type Status = {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly ready: boolean;
  readonly domains: readonly string[];
  readonly listeners: readonly ListenerView[];
  /** Signed-in devices, all together and by protocol. */
  readonly sessions: number;
  readonly devices: { readonly xmpp: number; readonly sip: number };
  readonly links: { readonly in: number; readonly out: number };
  readonly sip: SipCounts;
  /** SIP partners whose addresses in DNS are not those expected. */
  readonly surprisingPartners: readonly string[];
  /** Telephone lines whose state is known. */
  readonly phoneLines: number;
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number;
};

/** What a reload did. With faults, nothing was changed. */
export type ReloadReport = {
  readonly changes: readonly string[];
  readonly faults: readonly string[];
  /** What will not work as it is configured now. */
  readonly warnings: readonly string[];
};

/** What a test of a SIP partner found, in the order it was tried. */
export type PartnerTest = {
  readonly steps: readonly { readonly what: string; readonly well: boolean; readonly words: string }[];
};

/** The running node, as administration sees it. */
export interface Node {
  status(): Status;
  sessions(): readonly SessionView[];
  links(): readonly LinkState[];
  phoneLines(): readonly LineView[];
  readonly presence: Pick<PresenceView, "explain" | "watchers">;
  readonly privacy: Pick<PrivacyDesk, "get" | "change">;
  readonly calendars: Pick<CalendarDesk, "tell">;
  readonly tracer: Pick<Tracer, "begin" | "read" | "end">;
  /** Domains nobody configured whose protocol is known (SET-13). */
  readonly discovered: readonly DiscoveredView[];
  /** What is known of one counts no more; false when nothing was. */
  forgetDiscovered(domain: string): boolean;
  /** Asks DNS which protocol a domain speaks; changes nothing. */
  discover(domain: DomainName): Promise<Discovery>;
  /** What is found out about a SIP partner while the node runs. */
  partnerState(domain: string): PartnerState;
  /** Connects to a SIP partner and says what is found, step by step. */
  testPartner(domain: string): Promise<PartnerTest>;
  /** Reads configuration and certificates again and puts in force what changed. */
  reload(): Promise<ReloadReport>;
}
