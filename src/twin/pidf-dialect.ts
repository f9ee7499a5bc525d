import { readDocument } from "../xml/document.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { personIn } from "./address-text.ts";
import type { Persona } from "./persona.ts";
import type { Profile } from "./profile.ts";
import type { Quirks } from "./quirk.ts";

const away = new Set(["idle", "brb", "lunch", "away", "out-of-office"]);

/** The presence document of a person in the dialect of OCS (sip-wire 2.4): one tuple, the activity as text in its status. */
export function writeDialect(persona: Persona, profile: Profile, quirks: Quirks): string {
  const entity = quirks["bare-entity"] === 0 ? persona.uri : personIn(persona.uri);
  const { state } = persona;
  const activity = state === "available" || state === "offline" ? undefined : away.has(state) ? "away" : "busy";
  const prefix = profile.activities === "es-text" ? "es" : "ep";
  const activities =
    activity === undefined || profile.activities === "none"
      ? ""
      : `<${prefix}:activities><${prefix}:activity>${activity}</${prefix}:activity></${prefix}:activities>`;
  const name = profile.displayName ? `<ci:display-name>${escapeXml(persona.display)}</ci:display-name>` : "";
  const note = persona.note === "" ? "" : `<note>${escapeXml(persona.note)}</note>`;
  const encoding = quirks["utf16-declared"] === 0 ? "utf-8" : "utf-16";
  return (
    `<?xml version="1.0" encoding="${encoding}"?><presence xmlns="urn:ietf:params:xml:ns:pidf" ` +
    `xmlns:${prefix}="urn:ietf:params:xml:ns:pidf:status:rpid-status" xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid" ` +
    `entity="${escapeXml(entity)}"><tuple id="0"><status><basic>${state === "offline" ? "closed" : "open"}</basic>` +
    `${activities}</status>${note}</tuple>${name}</presence>`
  );
}

/** What a Microsoft client shows of somebody. */
export type Shown = {
  readonly state: "available" | "busy" | "away" | "offline";
  readonly basic: string;
  readonly activity: string;
  readonly displayName: string;
  readonly note: string;
  readonly entity: string;
};

const limits = { bytesMax: 65_536, depthMax: 32, attributesMax: 64 };

/** Reads a presence document by SIPE's rules (sip-wire 2.4): element names alone count, and only the first of each. */
export function readLikeSipe(body: Uint8Array): Shown | undefined {
  const read = readDocument(body, limits);
  if (!read.ok || read.value.name !== "presence") return undefined;
  const root = read.value;
  const tuple = first(root, "tuple");
  const status = first(tuple, "status");
  const basic = textOf(first(status, "basic"));
  const activity = textOf(first(first(status, "activities"), "activity"));
  const open = basic.includes("open");
  const state = !open ? "offline" : activity === "busy" ? "busy" : activity === "away" ? "away" : "available";
  return {
    state,
    basic,
    activity,
    displayName: textOf(first(root, "display-name")),
    note: textOf(first(tuple, "note")),
    entity: root.attrs.entity ?? "",
  };
}

function first(of: Element | undefined, name: string): Element | undefined {
  return of === undefined ? undefined : elements(of).find((each) => each.name === name);
}
