import assert from "node:assert/strict";
import { parseAddress } from "../src/base/address.ts";
import { utf8 } from "../src/base/bytes.ts";
import { type Limits, limitsWith } from "../src/base/limits.ts";
import type { PrivacyRules, RosterItem, StoredDocument } from "../src/base/store.ts";
import { type XcapRequest, xcap } from "../src/sip/xcap.ts";
import type { XcapContext, XcapSource } from "../src/sip/xcap-views.ts";

/** alice@ours.example with a roster, rules and documents in memory, and a client of hers that speaks XCAP. */
export function xcapClient(changes: Partial<Limits> = {}) {
  const alice = parseAddress("alice@ours.example");
  assert.ok(alice.ok);
  const roster = new Map<string, RosterItem>();
  const documents = new Map<string, StoredDocument>();
  const it = {
    roster,
    documents,
    privacy: undefined as PrivacyRules | undefined,
    /** Puts a contact on the roster as an XMPP client does. */
    add(contact: string, name: string, ...groups: string[]): void {
      const known = roster.get(contact) ?? newItem(contact);
      roster.set(contact, { ...known, name, groups });
    },
    /** The roster as text: "bob@x Bob [Work]". */
    get contacts(): readonly string[] {
      return [...roster.values()].map(({ contact, name, groups }) => `${contact} ${name} [${groups.join(" ")}]`);
    },
    /** A request; `tags` are If-Match or If-None-Match. */
    async ask(method: string, target: string, body: string | Uint8Array = "", more: Partial<XcapRequest> = {}) {
      const [path = "", query = ""] = target.split("?");
      const request: XcapRequest = {
        method,
        path,
        query,
        contentType: "",
        ifMatch: undefined,
        ifNoneMatch: undefined,
        body: typeof body === "string" ? utf8(body) : body,
        ...more,
      };
      const answer = await xcap(request, context);
      return { ...answer, text: Buffer.from(answer.body).toString(), etag: answer.headers.ETag };
    },
  };
  const source: XcapSource = {
    async rosterItems() {
      return [...roster.values()];
    },
    async editRoster(edits) {
      for (const edit of edits) {
        if (edit.kind === "remove") roster.delete(edit.contact);
        else it.add(edit.contact, edit.name, ...edit.groups);
      }
    },
    async privacy() {
      return it.privacy;
    },
    async setPrivacy(rules) {
      it.privacy = rules;
    },
    async stored(name) {
      return documents.get(name);
    },
    async storedCount() {
      return documents.size;
    },
    async keep(document) {
      documents.set(document.name, document);
    },
    async drop(name) {
      documents.delete(name);
    },
  };
  const context: XcapContext = {
    user: alice.value,
    uri: "sip:alice@ours.example",
    root: "https://ours.example/xcap-root",
    naming: {
      uriOf: (contact) => (contact.includes("@") ? `sip:${contact}` : undefined),
      contactOf(uri) {
        const address = parseAddress(/^(?:sips?|pres|im):([^;?]*)/i.exec(uri)?.[1] ?? "");
        return address.ok ? address.value.text : undefined;
      },
    },
    source,
    limits: limitsWith(changes),
  };
  return it;
}

function newItem(contact: string): RosterItem {
  return {
    contact,
    name: "",
    groups: [],
    subscription: "none",
    ask: false,
    pendingIn: false,
    approved: false,
    request: undefined,
  };
}
