import type { LinkState } from "../federation/link-state.ts";
import type { ListenerView } from "../server/node.ts";
import type { SessionView } from "../server/session-view.ts";

export type Status = {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly ready: boolean;
  readonly domains: readonly string[];
  readonly listeners: readonly ListenerView[];
  readonly sessions: number;
  readonly links: { readonly in: number; readonly out: number };
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number;
};

/** What a reload did. With faults, nothing was changed. */
export type ReloadReport = { readonly changes: readonly string[]; readonly faults: readonly string[] };

/** The running node, as administration sees it. */
export interface Node {
  status(): Status;
  sessions(): readonly SessionView[];
  links(): readonly LinkState[];
  /** Reads configuration and certificates again and puts in force what changed. */
  reload(): Promise<ReloadReport>;
}
