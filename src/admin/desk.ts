import type { Result } from "../base/result.ts";
import type { Store } from "../base/store.ts";
import type { CertificateReport } from "../pki/report.ts";
import type { Rules } from "../presence/rules.ts";
import type { Accounts } from "./accounts.ts";
import type { DenyList } from "./deny-list.ts";
import type { Emails } from "./emails.ts";
import type { Node } from "./node.ts";
import type { Partners } from "./partners.ts";
import type { PresenceAdmin } from "./presence-admin.ts";

/** One served domain, as administration sees it. */
export type DomainView = { readonly domain: string; readonly users: number };

/**
 * All that administration may reach: the store's side is there for a stopped node too, `node` only when one runs.
 */
export type Desk = {
  readonly accounts: Accounts;
  readonly audit: Pick<Store["audit"], "list">;
  /** The served domains, canonical. */
  readonly domains: () => readonly string[];
  readonly certificates: () => Promise<Result<readonly CertificateReport[]>>;
  readonly presence: PresenceAdmin;
  readonly partners: Partners;
  readonly denials: DenyList;
  readonly emails: Emails;
  /** The rules of composition in force. */
  readonly rules: () => Rules;
  readonly node: Node | undefined;
};
