import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { SipContent } from "../sip/content.ts";
import { parseDisposition } from "../sip/content-disposition.ts";
import { withoutContentEncoding } from "../sip/content-encoding.ts";
import type { Imdn } from "../sip/imdn.ts";
import { escapeXml } from "../xml/writer.ts";
import { ns } from "../xmpp/ns.ts";
import { errorText } from "../xmpp/stanza-error.ts";
import { cleanLine } from "./clean-text.ts";
import { idOf } from "./message-id.ts";
import { readSaid, type Said, type SaidLimits } from "./said.ts";

/** What a MESSAGE is in XMPP. */
export type XmppContent = {
  /**
   * - `text`: somebody says something
   * - `state`: somebody writes, or stopped
   * - `receipt`: a message of the reader's arrived or was shown
   * - `failure`: a message of the reader's, with this id, was not delivered: the stanza is to be of type "error"
   */
  readonly kind: "text" | "state" | "receipt" | "failure";
  /** XML text for inside the stanza, in the stream's namespace. */
  readonly inner: string;
  /** The id of the stanza, when its sender gave it one. */
  readonly id: string | undefined;
};

export type ToXmppLimits = SaidLimits & Pick<Limits, "stanzaBytesMax" | "sipInflatedBytesMax">;

/**
 * The content of a MESSAGE as the inside of a <message/> of type "chat" (RFC 7572 §6); undefined when there is nothing to show.
 * `thread` names the conversation of the two people. Fails with sip-media-type for what cannot be shown, with sip-too-large,
 * sip-malformed, or what is wrong with a document.
 */
export function toXmpp(content: SipContent, limits: ToXmppLimits, thread?: string): Result<XmppContent | undefined> {
  const body = withoutContentEncoding(headerIn(content.headers, "content-encoding"), content.body, limits);
  if (!body.ok) return body;
  const said = readSaid(content.contentType, body.value, limits);
  if (!said.ok) return said.fault.code === "sip-media-type" && isOptional(content.headers) ? ok(undefined) : said;
  if (said.value === undefined) return ok(undefined);
  const made = inXmpp(said.value, content.headers, thread);
  const large = made !== undefined && made.inner.length * 3 > limits.stanzaBytesMax;
  if (large && Buffer.byteLength(made.inner) > limits.stanzaBytesMax)
    return no(fault("sip-too-large", "stanzaBytesMax"));
  return ok(made);
}

/** RFC 3261 §20.11: a body that need not be handled. */
function isOptional(headers: string): boolean {
  const written = headerIn(headers, "content-disposition");
  const disposition = written === undefined ? undefined : parseDisposition(written);
  return disposition?.ok === true && !disposition.value.required;
}

function inXmpp(said: Said, headers: string, thread: string | undefined): XmppContent | undefined {
  switch (said.kind) {
    case "text":
      return textContent(said, headers, thread);
    case "state": {
      // RFC 7573 §6 (sip-wire 7.4): idle is "active", for the conversation goes on.
      const state = said.composing.state === "active" ? "composing" : "active";
      return { kind: "state", inner: `<${state} xmlns='${ns.chatStates}'/>${threadText(thread)}`, id: undefined };
    }
    case "receipt":
      return noticed(said.notification);
  }
}

/** RFC 5646 §2.1, as far as XML needs it. */
const languageForm = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}$/;

function textContent(said: Said & { kind: "text" }, headers: string, thread: string | undefined): XmppContent {
  const subject = cleanLine(said.subject || (headerIn(headers, "subject") ?? ""));
  const language = said.language || (headerIn(headers, "content-language") ?? "");
  const tag = language !== "" && languageForm.test(language) ? ` xml:lang='${language}'` : "";
  // An id that XML cannot carry could not be given back: such a message has none.
  const id = said.id !== undefined && cleanLine(said.id) === said.id ? said.id : undefined;
  const inner =
    (subject === "" ? "" : `<subject>${escapeXml(subject)}</subject>`) +
    `<body${tag}>${escapeXml(said.text)}</body>${threadText(thread)}` +
    (id !== undefined && said.request.delivered ? `<request xmlns='${ns.receipts}'/>` : "") +
    (id !== undefined && said.request.displayed ? `<markable xmlns='${ns.chatMarkers}'/>` : "");
  return { kind: "text", inner, id };
}

/** A thread inside a message; "" for none. */
export function threadText(thread: string | undefined): string {
  return thread === undefined ? "" : `<thread>${escapeXml(thread)}</thread>`;
}

/** RFC 5438 §8 in XMPP: XEP-0184's receipt, XEP-0333's marker, an error. That it is stored somewhere is no news to anybody. */
function noticed({ messageId, status }: Imdn): XmppContent | undefined {
  const id = cleanLine(idOf(messageId));
  if (id === "") return undefined;
  switch (status) {
    case "delivered":
      return { kind: "receipt", inner: `<received xmlns='${ns.receipts}' id='${escapeXml(id)}'/>`, id: undefined };
    case "displayed":
      return { kind: "receipt", inner: `<displayed xmlns='${ns.chatMarkers}' id='${escapeXml(id)}'/>`, id: undefined };
    case "failed":
    case "forbidden":
    case "error":
      return { kind: "failure", inner: errorText(failures[status]), id };
    case "processed":
    case "stored":
      return undefined;
  }
}

const failures: Readonly<Record<"failed" | "forbidden" | "error", Fault>> = {
  failed: fault("recipient-unavailable"),
  forbidden: fault("answered-forbidden"),
  error: fault("answered-server-failed"),
};

/** A header's value in lines of them; undefined when it is not there. */
function headerIn(lines: string, name: string): string | undefined {
  if (lines === "") return undefined;
  for (const line of lines.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}
