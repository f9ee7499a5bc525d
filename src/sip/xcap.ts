import { asBuffer, utf8 } from "../base/bytes.ts";
import type { Fault } from "../base/fault.ts";
import { readDocument } from "../xml/document.ts";
import {
  escapedValue,
  namespacesText,
  parseXcapDocument,
  type XcapElement,
  xcapDocumentText,
  xcapElementText,
} from "./xcap-document.ts";
import { deleteAttribute, deleteElement, type Edited, putAttribute, putElement } from "./xcap-edit.ts";
import { type Conflict, conflict, xcapErrorText, xcapErrorType } from "./xcap-error.ts";
import { type Conditions, conditionsOf, etagOf } from "./xcap-etag.ts";
import { isXuiOf, parseXcapPath, type XcapPath } from "./xcap-path.ts";
import { attributeOf, type NodeSelector, parseBindings, parseNodeSelector, selectElements } from "./xcap-selector.ts";
import { usageOf, type XcapUsage, xcapCaps } from "./xcap-usages.ts";
import { documentLimits, ownLimits, viewOf, type XcapContext, type XcapView } from "./xcap-views.ts";

/** An HTTP request below the XCAP root, of somebody who has signed in. */
export type XcapRequest = Conditions & {
  readonly method: string;
  /** Below the root, beginning with "/", percent-encoded as it came. */
  readonly path: string;
  /** What follows "?", "" for nothing. */
  readonly query: string;
  /** Type and subtype in lower case, without parameters; "" for none. */
  readonly contentType: string;
  readonly body: Uint8Array;
};

export type XcapAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

const elementType = "application/xcap-el+xml";
const attributeType = "application/xcap-att+xml";
const namespacesType = "application/xcap-ns+xml";

/**
 * An XCAP server (RFC 4825) for one person's tree and the global one: nobody reads or writes anybody else's (403). Requests of one
 * person run one after the other; what a request changes is kept when the answer is there.
 * Statuses: 200, 201, 304; 400 (no selector), 403, 404, 405, 409 with a reason (§11), 412, 413, 414, 415.
 */
export async function xcap(request: XcapRequest, context: XcapContext): Promise<XcapAnswer> {
  const path = parseXcapPath(request.path, context.limits);
  if (typeof path === "number") return plain(path);
  if (request.query.length > context.limits.xcapSelectorBytesMax) return plain(414);
  if (!["GET", "HEAD", "PUT", "DELETE"].includes(request.method)) return notAllowed("GET, HEAD, PUT, DELETE");
  const answer = path.xui === undefined ? global(request, path) : await ofUser(request, path, path.xui, context);
  return request.method === "HEAD" ? { ...answer, body: new Uint8Array(0) } : answer;
}

/** RFC 4825 §12: xcap-caps is the only global document, and nobody writes it. */
function global(request: XcapRequest, path: XcapPath): XcapAnswer {
  if (path.auid !== "xcap-caps" || path.document !== "index" || path.node !== undefined) return plain(404);
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
  const body = utf8(xcapCaps.text);
  const etag = etagOf(body);
  const condition = conditionsOf(request, etag, true, true);
  return condition === "go-on" ? found(xcapCaps.contentType, etag, body) : plain(condition, { ETag: etag });
}

async function ofUser(request: XcapRequest, path: XcapPath, xui: string, context: XcapContext): Promise<XcapAnswer> {
  // RFC 4825 §5.7, §8: the default policy; before anything that would tell what is there
  if (!isXuiOf(xui, context.user, context.naming.contactOf)) return plain(403);
  const usage = usageOf(path.auid);
  if (usage === undefined) return plain(404);
  if (request.body.length > context.limits.xcapDocumentBytesMax) return plain(413);
  const prefixes = parseBindings(request.query);
  const selector =
    path.node === undefined ? undefined : prefixes && parseNodeSelector(path.node, prefixes, usage.namespace);
  if (path.node !== undefined && selector === undefined) return plain(400);
  const view = viewOf(usage, path.document, context);
  const content = await view.load();
  const target: Target = { usage, view, content, path, context };
  return selector === undefined ? onDocument(request, target) : onNode(request, target, selector);
}

type Target = {
  readonly usage: XcapUsage;
  readonly view: XcapView;
  readonly content: Buffer | undefined;
  readonly path: XcapPath;
  readonly context: XcapContext;
};

async function onDocument(request: XcapRequest, target: Target): Promise<XcapAnswer> {
  const { view, content, usage } = target;
  const etag = content && etagOf(content);
  const reads = request.method === "GET" || request.method === "HEAD";
  const condition = conditionsOf(request, etag, content !== undefined, reads);
  if (condition !== "go-on") return plain(condition, tagged(etag));
  if (request.method === "PUT") {
    // RFC 4825 §8.2.1
    if (request.contentType !== usage.contentType) return plain(415);
    return write(target, asBuffer(request.body), content === undefined);
  }
  if (content === undefined || etag === undefined) return plain(404);
  if (reads) return found(usage.contentType, etag, content);
  await view.remove();
  return plain(200);
}

async function onNode(request: XcapRequest, target: Target, selector: NodeSelector): Promise<XcapAnswer> {
  const { content, usage, context } = target;
  const etag = content && etagOf(content);
  const root = content && parseXcapDocument(content, ownLimits(context.limits));
  const node = root?.ok ? nodeAt(root.value, selector) : undefined;
  const reads = request.method === "GET" || request.method === "HEAD";
  const condition = conditionsOf(request, etag, node !== undefined, reads);
  if (condition !== "go-on") return plain(condition, tagged(etag));
  if (reads) return node === undefined || etag === undefined ? plain(404) : found(node.contentType, etag, node.body);
  // RFC 4825 §7.10: what is in force is read only
  if (selector.end.kind === "namespaces") return notAllowed("GET, HEAD");
  const isPut = request.method === "PUT";
  if (isPut && request.contentType !== (selector.end.kind === "element" ? elementType : attributeType))
    return plain(415);
  if (!root?.ok) return isPut ? refused({ kind: "no-parent", ancestor: "" }) : plain(404);
  const edited = isPut ? put(root.value, selector, request.body, usage, context) : remove(root.value, selector);
  switch (edited.kind) {
    case "none":
      return plain(404);
    case "conflict":
      return refused(edited.conflict);
    case "no-parent":
      return refused({ kind: "no-parent", ancestor: ancestorUri(target, selector, edited.steps) });
    case "done":
      return write(target, utf8(xcapDocumentText(edited.root)), edited.created);
  }
}

function put(
  root: XcapElement,
  selector: NodeSelector,
  body: Uint8Array,
  usage: XcapUsage,
  { limits }: XcapContext,
): Edited {
  if (selector.end.kind !== "attribute") return putElement(root, selector, body, usage.rank, documentLimits(limits));
  const text = decoded(body);
  if (text !== undefined) return putAttribute(root, selector, selector.end.name, text);
  return { kind: "conflict", conflict: conflict("not-utf-8", "the body is not UTF-8") };
}

function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function remove(root: XcapElement, selector: NodeSelector): Edited {
  return selector.end.kind === "attribute"
    ? deleteAttribute(root, selector, selector.end.name)
    : deleteElement(root, selector);
}

/** The document as it is to be: read as any reader will, checked, kept. */
async function write({ usage, view, context }: Target, bytes: Buffer, created: boolean): Promise<XcapAnswer> {
  const root = readDocument(bytes, documentLimits(context.limits));
  if (!root.ok) return refused(documentConflict(root.fault));
  const why = usage.check(root.value) ?? (await view.save(bytes, root.value));
  if (why !== undefined) return refused(why);
  const now = await view.load();
  return plain(created ? 201 : 200, tagged(now && etagOf(now)));
}

/** What a GET of a node gives (RFC 4825 §7.5, §7.8, §7.10). */
function nodeAt(
  root: XcapElement,
  { steps, end }: NodeSelector,
): { readonly contentType: string; readonly body: Uint8Array } | undefined {
  const [element, ...more] = selectElements(root, steps);
  if (element === undefined || more.length > 0) return undefined;
  switch (end.kind) {
    case "element":
      return { contentType: elementType, body: utf8(xcapElementText(element)) };
    case "namespaces":
      return { contentType: namespacesType, body: utf8(namespacesText(element)) };
    case "attribute": {
      const attribute = attributeOf(element, end.name);
      return attribute && { contentType: attributeType, body: utf8(escapedValue(attribute.value)) };
    }
  }
}

/** RFC 4825 §11.2: the closest ancestor there is, as a URI: the document, or a node in it. */
function ancestorUri({ path, context }: Target, { steps }: NodeSelector, existing: number): string {
  const node = (path.node ?? "").slice(0, existing === 0 ? 0 : steps[existing - 1]?.end);
  const inside = node === "" ? "" : `/~~/${node.split("/").map(encodeURIComponent).join("/")}`;
  return `${context.root}${path.documentPath}${inside}`;
}

function documentConflict({ code, detail }: Fault): Conflict {
  switch (code) {
    case "xml-bad-utf8":
      return conflict("not-utf-8", "the body is not UTF-8");
    case "xml-document-too-big":
    case "xml-too-deep":
    case "xml-too-many-attributes":
    case "xml-restricted":
      return conflict("constraint-failure", `${code} ${detail}`.trim());
    default:
      return conflict("not-well-formed", detail);
  }
}

function found(contentType: string, etag: string, body: Uint8Array): XcapAnswer {
  return { status: 200, headers: { "Content-Type": contentType, ETag: etag }, body };
}

function refused(why: Conflict): XcapAnswer {
  return { status: 409, headers: { "Content-Type": xcapErrorType }, body: utf8(xcapErrorText(why)) };
}

function notAllowed(allow: string): XcapAnswer {
  return plain(405, { Allow: allow });
}

function plain(status: number, headers: Readonly<Record<string, string>> = {}): XcapAnswer {
  return { status, headers, body: new Uint8Array(0) };
}

function tagged(etag: string | undefined): Readonly<Record<string, string>> {
  return etag === undefined ? {} : { ETag: etag };
}
