import { escapeXml } from "../xml/writer.ts";
import type { WatcherEvent, WatcherStatus } from "./watcher-info-states.ts";

export const watcherInfoType = "application/watcherinfo+xml";

/** One watcher in a document of watcher information (RFC 3858 §4.1). */
export type Watcher = {
  /** The same for as long as this subscription is told of. */
  readonly id: string;
  /** "sip:bob@theirs.example" */
  readonly uri: string;
  readonly displayName: string;
  readonly status: WatcherStatus;
  readonly event: WatcherEvent;
  /** Milliseconds since 1970 when the subscription began; undefined when that is not to be told. */
  readonly since: number | undefined;
  /** Milliseconds since 1970 when it runs out. */
  readonly expiresAt: number | undefined;
};

/**
 * Writes watcher information (RFC 3858). `resource` is who is watched ("sip:alice@ours.example"), `version` counts the documents
 * of one subscription from 0. A full one names all watchers there are, a partial one those that changed.
 */
export function writeWatcherInfo(
  document: {
    readonly version: number;
    readonly full: boolean;
    readonly resource: string;
    readonly watchers: Iterable<Watcher>;
  },
  now: number,
): string {
  const state = document.full ? "full" : "partial";
  let text =
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<watcherinfo xmlns="urn:ietf:params:xml:ns:watcherinfo"` +
    ` version="${document.version}" state="${state}">` +
    `<watcher-list resource="${escapeXml(document.resource)}" package="presence">`;
  for (const watcher of document.watchers) text += watcherText(watcher, now);
  return `${text}</watcher-list></watcherinfo>\r\n`;
}

function watcherText(watcher: Watcher, now: number): string {
  let text = `<watcher status="${watcher.status}" event="${watcher.event}" id="${escapeXml(watcher.id)}"`;
  if (watcher.displayName !== "") text += ` display-name="${escapeXml(watcher.displayName)}"`;
  // RFC 3858 §4.1: seconds left, seconds so far
  if (watcher.expiresAt !== undefined && watcher.status !== "terminated") {
    text += ` expiration="${Math.max(0, Math.ceil((watcher.expiresAt - now) / 1_000))}"`;
  }
  if (watcher.since !== undefined) {
    text += ` duration-subscribed="${Math.max(0, Math.floor((now - watcher.since) / 1_000))}"`;
  }
  return `${text}>${escapeXml(watcher.uri)}</watcher>`;
}
