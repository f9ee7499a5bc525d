import { decide, type PrivacyVerdict } from "../presence/privacy.ts";
import type { RosterBook } from "./rosters.ts";
import type { Site } from "./site.ts";

/** Who asks to see somebody: a bare address and its domain. */
export type Asking = { readonly bare: string; readonly domain: string };

/** Whether somebody may see the owner of a roster, and why (SUB-01 to SUB-27). The same for XMPP and SIP watchers. */
export function verdictOn(
  site: Site,
  book: RosterBook,
  watcher: Asking,
  sharing = site.settings.presence.sharing,
): PrivacyVerdict {
  const item = book.items.get(watcher.bare);
  return decide({
    rules: book.privacy,
    watcher: { address: watcher.bare, domain: watcher.domain, local: site.isLocal(watcher.domain) },
    roster:
      item === undefined
        ? undefined
        : { subscription: item.subscription, approved: item.approved, pendingIn: item.pendingIn },
    autoAuthorise: site.settings.presence.autoAuthorise,
    sharing,
  });
}

/** SUB-07: whether a watcher is shown nobody, whatever the roster grants them. */
export function hidesFrom(site: Site, book: RosterBook, watcher: Asking): boolean {
  // Nearly everybody has no lists, and this is asked for each receiver of each presence.
  if (book.privacy === undefined && site.settings.presence.sharing) return false;
  return book.owner !== watcher.bare && verdictOn(site, book, watcher).verdict === "polite-block";
}

/** The same by the owner's own lists alone, whether or not anybody sees anybody just now (SUB-25). */
export function hidesByList(site: Site, book: RosterBook, watcher: Asking): boolean {
  return book.privacy !== undefined && verdictOn(site, book, watcher, true).verdict === "polite-block";
}
