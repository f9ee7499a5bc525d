import { fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import { child, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { type Cpim, cpimHeader, imdnHeaderNs, type NewCpim } from "./cpim.ts";

/** The media type of a notification (RFC 5438 §12.1). */
export const imdnType = "message/imdn+xml";
/** RFC 5438 §7.1.1.4: what a notification says of itself, so that no client shows it as text. */
export const imdnDisposition = "Content-Disposition: notification\r\n";

const ns = "urn:ietf:params:xml:ns:imdn";

/** What a sender asks to be told (RFC 5438 §6.2). */
export type ImdnRequest = {
  /** It was delivered (positive-delivery). */
  readonly delivered: boolean;
  /** It could not be delivered (negative-delivery). */
  readonly failed: boolean;
  /** It was shown (display). */
  readonly displayed: boolean;
};

/** The message's id, undefined without one, and what its sender asks to be told; nothing can be told without an id (§6.3). */
export function readImdnRequest(message: Cpim): { readonly id: string | undefined; readonly request: ImdnRequest } {
  const id = cpimHeader(message, "Message-ID", imdnHeaderNs) || undefined;
  const wanted = id === undefined ? [] : listOf(cpimHeader(message, "Disposition-Notification", imdnHeaderNs) ?? "");
  return {
    id,
    request: {
      delivered: wanted.includes("positive-delivery"),
      failed: wanted.includes("negative-delivery"),
      displayed: wanted.includes("display"),
    },
  };
}

/** RFC 5438 §6.2: each may carry parameters, which mean nothing here. */
function listOf(value: string): string[] {
  return value.split(",").map((one) => (one.split(";", 1)[0] ?? "").trim().toLowerCase());
}

/** The CPIM headers that give a message its id and ask for notifications. `id` is a token (RFC 5438 §10). */
export function imdnHeaders(id: string, request?: ImdnRequest): NonNullable<NewCpim["headers"]> {
  const wanted: string[] = [];
  if (request?.delivered) wanted.push("positive-delivery");
  if (request?.failed) wanted.push("negative-delivery");
  if (request?.displayed) wanted.push("display");
  const named = { prefix: "imdn", ns: imdnHeaderNs };
  const headers = [{ ...named, name: "Message-ID", value: id }];
  if (wanted.length > 0) headers.push({ ...named, name: "Disposition-Notification", value: wanted.join(", ") });
  return headers;
}

/** What can be said of a message, by kind of notification (RFC 5438 §5). */
const statuses = {
  "delivery-notification": ["delivered", "failed", "forbidden", "error"],
  "processing-notification": ["processed", "stored", "forbidden", "error"],
  "display-notification": ["displayed", "forbidden", "error"],
} as const;

export type ImdnKind = keyof typeof statuses;
export type ImdnStatus = (typeof statuses)[ImdnKind][number];

/** A notification: what became of a message. */
export type Imdn = {
  /** The id its sender gave the message. */
  readonly messageId: string;
  /** When the message was sent (§11.1.2, RFC 3339), as written; "" when missing. */
  readonly dateTime: string;
  /** Who it was for: "" when missing. */
  readonly recipientUri: string;
  readonly kind: ImdnKind;
  readonly status: ImdnStatus;
};

/** Reads a message/imdn+xml document (RFC 5438 §11). Fails with sip-malformed or a fault of readDocument. */
export function readImdn(bytes: Uint8Array, limits: ImLimits): Result<Imdn> {
  const document = readDocument(bytes, documentLimits(limits));
  if (!document.ok) return document;
  const root = document.value;
  if (root.name !== "imdn" || root.ns !== ns) return no(fault("sip-malformed", "not an imdn document"));
  const messageId = textOf(child(root, "message-id", ns)).trim();
  if (messageId === "") return no(fault("sip-malformed", "an imdn document without message-id"));
  const about = elements(root).find((each) => each.ns === ns && Object.hasOwn(statuses, each.name));
  const said = about === undefined ? undefined : child(about, "status", ns);
  const kind = about?.name as ImdnKind | undefined;
  if (said === undefined || kind === undefined) return no(fault("sip-malformed", "an imdn document without status"));
  const known: readonly string[] = statuses[kind];
  const status = elements(said).find((each) => each.ns === ns && known.includes(each.name))?.name;
  if (status === undefined) return no(fault("sip-malformed", "an imdn document with a status nobody knows"));
  return ok({
    messageId,
    dateTime: textOf(child(root, "datetime", ns)).trim(),
    recipientUri: textOf(child(root, "recipient-uri", ns)).trim(),
    kind,
    status: status as ImdnStatus,
  });
}

/** Writes a message/imdn+xml document (RFC 5438 §11). Whom it was for first is said too: its schema wants both or neither. */
export function writeImdn(notification: Imdn): string {
  const { messageId, dateTime, recipientUri, kind, status } = notification;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<imdn xmlns="${ns}"><message-id>${escapeXml(messageId)}</message-id>` +
    `<datetime>${escapeXml(dateTime)}</datetime><recipient-uri>${escapeXml(recipientUri)}</recipient-uri>` +
    `<original-recipient-uri>${escapeXml(recipientUri)}</original-recipient-uri>` +
    `<${kind}><status><${status}/></status></${kind}></imdn>`
  );
}

export type ImLimits = Pick<Limits, "imDocumentBytesMax" | "imDocumentDepthMax" | "xmlAttributesMax">;

/** What readDocument takes, of the limits for small documents in messages. */
export function documentLimits(limits: ImLimits): { bytesMax: number; depthMax: number; attributesMax: number } {
  return {
    bytesMax: limits.imDocumentBytesMax,
    depthMax: limits.imDocumentDepthMax,
    attributesMax: limits.xmlAttributesMax,
  };
}
