import { readDocument } from "../xml/document.ts";
import { elements } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { readParameters } from "./address-text.ts";

/** The forms a text can be said in. */
export const bodyForms = ["plain", "html", "rtf", "multipart", "related"] as const;
export type BodyForm = (typeof bodyForms)[number];

export function isBodyForm(form: unknown): form is BodyForm {
  return (bodyForms as readonly unknown[]).includes(form);
}

export type Body = { readonly contentType: string; readonly body: string };

/** The format a Communicator gives its texts, without the padding base64 asks for (I-11). */
const msgr = Buffer.from("X-MMS-IM-Format: FN=MS%20Shell%20Dlg%202; EF=; CO=0; CS=0; PF=0\r\n\r\n", "utf16le")
  .toString("base64")
  .replace(/=+$/, "");

const boundary = "----=_NextPart_000_0042_01C8F3F3.2A7D1C60";

/** A text as a Microsoft client writes it (sip-wire 3.3, I-10). */
export function bodyOf(text: string, form: BodyForm): Body {
  if (form === "plain") return { contentType: `text/plain; charset=UTF-8;msgr=${msgr}`, body: text };
  if (form === "html") return { contentType: "text/html; charset=UTF-8", body: htmlOf(text) };
  if (form === "rtf") return { contentType: "text/rtf", body: rtfOf(text) };
  const plain = `Content-Type: text/plain; charset=UTF-8\r\n\r\n${text}\r\n`;
  const other =
    form === "multipart"
      ? `Content-Type: text/html; charset=UTF-8\r\n\r\n${htmlOf(text)}\r\n`
      : "Content-Type: image/gif\r\nContent-ID: <ink@contoso>\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACw=\r\n";
  return {
    contentType: `multipart/${form === "multipart" ? "alternative" : "related"}; boundary="${boundary}"; type="text/plain"`,
    body: `--${boundary}\r\n${plain}--${boundary}\r\n${other}--${boundary}--\r\n`,
  };
}

/** ms-text-format of an INVITE: the first text, at most 800 characters of it (sip-wire 3.2). */
export function firstText(text: string): string {
  const body = Buffer.from(text.slice(0, 800)).toString("base64");
  return `text/plain; charset=UTF-8;msgr=${msgr};ms-body=${body}`;
}

function htmlOf(text: string): string {
  const lines = escapeXml(text).replaceAll("\n", "<br>");
  return `<DIV style="font-size: 10pt;font-family: Segoe UI;color: #000000"><span>${lines}</span></DIV>`;
}

function rtfOf(text: string): string {
  let inner = "";
  for (const unit of text.split("")) {
    const code = unit.charCodeAt(0);
    if (unit === "\n") inner += "\\par\r\n";
    else if ("\\{}".includes(unit)) inner += `\\${unit}`;
    else inner += code < 128 ? unit : `\\u${code > 32_767 ? code - 65_536 : code}?`;
  }
  return `{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fnil Segoe UI;}}{\\colortbl ;\\red0\\green0\\blue0;}\\f0\\fs20 ${inner}}`;
}

/** What a Communicator does with a body of the other side: shows it as text, or refuses its type. */
export function shownText(contentType: string, body: Buffer): string | undefined {
  const type = (contentType.split(";")[0] ?? "").trim().toLowerCase();
  if (type === "text/plain") {
    const charset = (readParameters(contentType).get("charset") ?? "utf-8").toLowerCase();
    return body.toString(charset === "utf-8" || charset === "us-ascii" ? "utf8" : "latin1");
  }
  return type === "text/html" ? body.toString("utf8") : undefined;
}

/** KeyboardActivity of an INFO (sip-wire 3.4). */
export function keyboardActivity(status: "type" | "idle"): string {
  return `<?xml version="1.0"?><KeyboardActivity><status status="${status}"/></KeyboardActivity>`;
}

/** The document of RFC 3994 that says the same. */
export function isComposing(status: "type" | "idle"): string {
  const state = status === "type" ? "active" : "idle";
  return `<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${state}</state></isComposing>`;
}

export function sdpOf(host: string, port: number, media: string, to: string, types: string): string {
  const lines = ["v=0", `o=- 0 0 IN IP4 ${host}`, "s=session", `c=IN IP4 ${host}`, "t=0 0"];
  return `${[...lines, `m=${media} ${port} sip ${to}`, `a=accept-types:${types}`].join("\r\n")}\r\n`;
}

/** Whether a session description offers instant messages, under either name (sip-wire 3.1). */
export function offersMessages(sdp: string): boolean {
  return /^m=(?:message|x-ms-message)[ \t]+\d+[ \t]+sip[ \t]+\S/m.test(sdp);
}

/** What the sender reads of a failed text (sip-wire 4.1). */
export function wordsOf(status: number): string {
  if (status === 606) return "not delivered: blocked by the administrator";
  if ([500, 503, 504, 603].includes(status)) return "not delivered: the service is not available";
  if (status === 486) return "not delivered: does not want to be disturbed";
  if (status === 415) return "not delivered: this type cannot be received";
  return "not delivered: offline or could not be reached";
}

const documentLimits = { bytesMax: 16_384, depthMax: 16, attributesMax: 32 };

/** What an is-composing document says of typing (RFC 3994); undefined when it cannot be read. */
export function composingIn(text: string): "type" | "idle" | undefined {
  const read = readDocument(Buffer.from(text), documentLimits);
  const state = read.ok ? elements(read.value).find(({ name }) => name === "state") : undefined;
  if (state === undefined) return undefined;
  return state.children.join("") === "active" ? "type" : "idle";
}
