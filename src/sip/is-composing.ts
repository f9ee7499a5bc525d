import { utf8 } from "../base/bytes.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import { child, textOf } from "../xml/element.ts";
import type { SipContent } from "./content.ts";
import { documentLimits, type ImLimits } from "./imdn.ts";

/** The media type of RFC 3994 (§5.1). */
export const isComposingType = "application/im-iscomposing+xml";

const ns = "urn:ietf:params:xml:ns:im-iscomposing";

/** RFC 3994 §3.2: how long "active" holds when the sender does not say, in seconds. */
export const defaultRefreshSeconds = 120;
/** RFC 3994 §3.4: shorter refreshes are not asked for. */
const refreshSecondsMin = 60;
const refreshSecondsMax = 3_600;

/** Whether somebody is writing. */
export type IsComposing = {
  readonly state: "active" | "idle";
  /** Seconds after which "active" is over unless it is said again; 60 to 3600. */
  readonly refreshSeconds: number;
};

/**
 * Reads an isComposing document (RFC 3994). A state nobody knows means idle (§3.3). Fails with sip-malformed or a fault of
 * readDocument.
 */
export function readIsComposing(bytes: Uint8Array, limits: ImLimits): Result<IsComposing> {
  const document = readDocument(bytes, documentLimits(limits));
  if (!document.ok) return document;
  const root = document.value;
  if (root.name !== "isComposing" || root.ns !== ns) return no(fault("sip-malformed", "not an isComposing document"));
  const state = textOf(child(root, "state", ns)).trim();
  const refresh = textOf(child(root, "refresh", ns)).trim();
  const seconds = /^\d{1,9}$/.test(refresh) ? Number(refresh) : defaultRefreshSeconds;
  return ok({
    state: state === "active" ? "active" : "idle",
    refreshSeconds: Math.min(Math.max(seconds, refreshSecondsMin), refreshSecondsMax),
  });
}

/**
 * Writes an isComposing document (RFC 3994). `lastActive` is in milliseconds since 1970. Only "active" says when it will be
 * repeated (§3.2).
 */
export function writeIsComposing(said: IsComposing, lastActive?: number): string {
  const last = lastActive === undefined ? "" : `<lastactive>${new Date(lastActive).toISOString()}</lastactive>`;
  const refresh = said.state === "active" ? `<refresh>${said.refreshSeconds}</refresh>` : "";
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<isComposing xmlns="${ns}"><state>${said.state}</state>` +
    `${last}<contenttype>text/plain</contenttype>${refresh}</isComposing>`
  );
}

/** The same as what a message carries; one who has stopped says "idle". */
export function isComposingContent(composing: boolean): SipContent {
  const state = composing ? "active" : "idle";
  const body = utf8(writeIsComposing({ state, refreshSeconds: defaultRefreshSeconds }));
  return { contentType: isComposingType, body, headers: "" };
}
