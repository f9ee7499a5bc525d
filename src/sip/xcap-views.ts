import type { Address } from "../base/address.ts";
import { utf8 } from "../base/bytes.ts";
import type { Limits } from "../base/limits.ts";
import type { PrivacyRules, RosterItem, StoredDocument } from "../base/store.ts";
import { withPresenceRules } from "../presence/privacy-change.ts";
import { type DocumentLimits, readDocument } from "../xml/document.ts";
import type { Element } from "../xml/element.ts";
import { bringUpToDate, contactDocument } from "./contact-document.ts";
import { type Naming, type RosterEdit, rosterEdits } from "./contact-lists.ts";
import { readPresRules } from "./pres-rules.ts";
import { sameRules, writePresRules } from "./pres-rules-document.ts";
import { type ResourceList, resourceListsOf } from "./resource-lists.ts";
import { readRlsServices, servicesOfOwner, writeRlsServices } from "./rls-services.ts";
import { parseXcapDocument, xcapDocumentText } from "./xcap-document.ts";
import { type Conflict, conflict } from "./xcap-error.ts";
import { etagOf } from "./xcap-etag.ts";
import { resolveIn } from "./xcap-references.ts";
import type { XcapUsage } from "./xcap-usages.ts";

/** One person's things, as XCAP reads and writes them: handed in by whoever has them. */
export interface XcapSource {
  /** The items the roster shows. */
  rosterItems(): Promise<readonly RosterItem[]>;
  editRoster(edits: readonly RosterEdit[]): Promise<void>;
  /** Undefined when the person never said anything. */
  privacy(): Promise<PrivacyRules | undefined>;
  setPrivacy(rules: PrivacyRules): Promise<void>;
  stored(name: string): Promise<StoredDocument | undefined>;
  storedCount(): Promise<number>;
  keep(document: StoredDocument): Promise<void>;
  drop(name: string): Promise<void>;
}

export type XcapLimits = Pick<
  Limits,
  | "xcapDocumentBytesMax"
  | "xcapDocumentsMax"
  | "xcapDepthMax"
  | "xcapSelectorBytesMax"
  | "xmlAttributesMax"
  | "rosterItemsMax"
  | "rosterNameBytesMax"
  | "rosterGroupsMax"
  | "privacyEntriesMax"
>;

/** Who asks, for their own tree, and what is theirs. */
export type XcapContext = {
  readonly user: Address;
  /** The person's SIP URI: "sip:alice@ours.example". */
  readonly uri: string;
  /** The XCAP root as clients know it, without "/" at its end: "https://xcap.ours.example/xcap-root". */
  readonly root: string;
  readonly naming: Naming;
  readonly source: XcapSource;
  readonly limits: XcapLimits;
};

/** One document, wherever it comes from. */
export interface XcapView {
  /** The document as it is now; undefined when there is none. */
  load(): Promise<Buffer | undefined>;
  /** Makes it what a client wrote: `root` is the same as a tree, and has passed its usage's check. */
  save(bytes: Buffer, root: Element): Promise<Conflict | undefined>;
  remove(): Promise<void>;
}

/** The view of a document of the person's tree. */
export function viewOf(usage: XcapUsage, document: string, context: XcapContext): XcapView {
  const name = `${usage.keptAs}/${document}`;
  switch (name) {
    case listsName:
      return new ContactsView(context);
    case rulesName:
      return new RulesView(context);
    case "rls-services/index":
      return new ServicesView(name, context);
    default:
      return new StoredView(name, context);
  }
}

const listsName = "resource-lists/index";
const rulesName = "pres-rules/index";

/** The limits by which documents from clients are read. */
export function documentLimits(limits: XcapLimits): DocumentLimits {
  return {
    bytesMax: limits.xcapDocumentBytesMax,
    depthMax: limits.xcapDepthMax,
    attributesMax: limits.xmlAttributesMax,
  };
}

/** A document kept as it was written. */
class StoredView implements XcapView {
  protected readonly context: XcapContext;
  readonly #name: string;

  constructor(name: string, context: XcapContext) {
    this.#name = name;
    this.context = context;
  }

  async load(): Promise<Buffer | undefined> {
    const stored = await this.context.source.stored(this.#name);
    return stored && Buffer.from(stored.content);
  }

  async save(bytes: Buffer, _root: Element): Promise<Conflict | undefined> {
    const { source, limits } = this.context;
    const known = await source.stored(this.#name);
    if (known === undefined && (await source.storedCount()) >= limits.xcapDocumentsMax) {
      return conflict("constraint-failure", "too many documents");
    }
    await source.keep({ name: this.#name, etag: etagOf(bytes), content: bytes });
    return undefined;
  }

  async remove(): Promise<void> {
    await this.context.source.drop(this.#name);
  }
}

/** rls-services/index: as written, or one service for all contacts (RFC 4826 §4). */
class ServicesView extends StoredView {
  override async load(): Promise<Buffer | undefined> {
    const { source, uri, naming } = this.context;
    return (await super.load()) ?? utf8(writeRlsServices(uri, await source.rosterItems(), naming));
  }

  override async save(bytes: Buffer, root: Element): Promise<Conflict | undefined> {
    const services = readRlsServices(root);
    if ("kind" in services) return services;
    return servicesOfOwner(services, this.context.user, this.context.naming) ?? super.save(bytes, root);
  }
}

/**
 * resource-lists/index: the roster (RFC 4826 §3). What a client wrote is kept beside it, for what a roster cannot hold, and
 * given back as long as it says what the roster says.
 */
class ContactsView extends StoredView {
  constructor(context: XcapContext) {
    super(listsName, context);
  }

  override async load(): Promise<Buffer | undefined> {
    const { source, naming, user, limits } = this.context;
    const written = await super.load();
    const items = await source.rosterItems();
    const root = written && parseXcapDocument(written, ownLimits(limits));
    if (written === undefined || root === undefined || !root.ok) {
      return utf8(xcapDocumentText(contactDocument(items, user.text, naming)));
    }
    return bringUpToDate(root.value, items, user.text, naming) ? utf8(xcapDocumentText(root.value)) : written;
  }

  override async save(bytes: Buffer, root: Element): Promise<Conflict | undefined> {
    const lists = resourceListsOf(root);
    if (!lists.ok) return conflict("schema-validation-error", lists.fault.detail);
    const edits = await this.#editsFor(lists.value);
    if ("kind" in edits) return edits;
    const rules = new RulesView(this.context);
    const agreed = await rules.agreement();
    const why = await super.save(bytes, root);
    if (why !== undefined) return why;
    if (edits.length > 0) await this.context.source.editRoster(edits);
    // OMA's rules name lists of this document: who is on them may have changed
    if (agreed !== undefined) await rules.renew(agreed);
    return undefined;
  }

  override async remove(): Promise<void> {
    const edits = await this.#editsFor([]);
    await super.remove();
    if (!("kind" in edits) && edits.length > 0) await this.context.source.editRoster(edits);
  }

  async #editsFor(lists: readonly ResourceList[]): Promise<readonly RosterEdit[] | Conflict> {
    const { source, naming, user, limits } = this.context;
    return rosterEdits(await source.rosterItems(), lists, user.text, naming, limits);
  }
}

const nobodyAsked: PrivacyRules = { otherwise: "ask", entries: [] };

/** pres-rules/index: who may see the person (RFC 5025); given back as written as long as it says what is so. */
class RulesView extends StoredView {
  constructor(context: XcapContext) {
    super(rulesName, context);
  }

  override async load(): Promise<Buffer | undefined> {
    const agreed = await this.agreement();
    return agreed ?? utf8(writePresRules(await this.#inForce(), this.context.naming));
  }

  override async save(bytes: Buffer, root: Element): Promise<Conflict | undefined> {
    const rules = await this.#read(root);
    if ("kind" in rules) return rules;
    const why = await super.save(bytes, root);
    if (why === undefined) await this.context.source.setPrivacy(withPresenceRules(await this.#inForce(), rules));
    return why;
  }

  override async remove(): Promise<void> {
    await super.remove();
    await this.context.source.setPrivacy(withPresenceRules(await this.#inForce(), nobodyAsked));
  }

  /** What a client wrote, when it still says who may see the person. */
  async agreement(): Promise<Buffer | undefined> {
    const written = await super.load();
    const rules = written && (await this.#readBytes(written));
    if (rules === undefined || "kind" in rules) return undefined;
    const now = await this.#inForce();
    return sameRules(withPresenceRules(now, rules), now) ? written : undefined;
  }

  /** Takes the rules anew from a document whose lists have changed. */
  async renew(written: Buffer): Promise<void> {
    const rules = await this.#readBytes(written);
    if (rules === undefined || "kind" in rules) return;
    const before = await this.#inForce();
    const after = withPresenceRules(before, rules);
    if (!sameRules(after, before)) await this.context.source.setPrivacy(after);
  }

  async #inForce(): Promise<PrivacyRules> {
    return (await this.context.source.privacy()) ?? nobodyAsked;
  }

  async #readBytes(written: Buffer): Promise<PrivacyRules | Conflict | undefined> {
    const root = readDocument(written, ownLimits(this.context.limits));
    return root.ok ? this.#read(root.value) : undefined;
  }

  async #read(root: Element): Promise<PrivacyRules | Conflict> {
    const { context } = this;
    const lists = await new ContactsView(context).load();
    const tree = lists && parseXcapDocument(lists, ownLimits(context.limits));
    const resolve = tree?.ok ? resolveIn(tree.value, context) : () => undefined;
    const listAt = (anchor: string) => {
      const member = resolve({ kind: "external", anchor });
      if (member?.kind !== "list") return undefined;
      return member.list.members.flatMap((each) => (each.kind === "entry" ? [each.uri] : []));
    };
    return readPresRules(root, { naming: context.naming, listAt }, context.limits);
  }
}

/** What we wrote ourselves may be larger than what a client may send. */
export function ownLimits(limits: XcapLimits): DocumentLimits {
  return { ...documentLimits(limits), bytesMax: Number.MAX_SAFE_INTEGER };
}
