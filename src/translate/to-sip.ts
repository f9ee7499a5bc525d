import { utf8 } from "../base/bytes.ts";
import { plainText, plainTextType, type SipContent, textHeader } from "../sip/content.ts";
import { writeCpim } from "../sip/cpim.ts";
import { type ImdnKind, type ImdnStatus, imdnDisposition, imdnHeaders, imdnType, writeImdn } from "../sip/imdn.ts";
import { defaultRefreshSeconds, type IsComposing, isComposingType, writeIsComposing } from "../sip/is-composing.ts";
import { child, type Element, elements, textOf } from "../xml/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { ns } from "../xmpp/ns.ts";
import { readStanzaError } from "../xmpp/stanza-error.ts";
import { sipUriOf } from "./address.ts";
import { messageIdOf } from "./message-id.ts";

/** A file or page that is shared by its address (XEP-0066). */
const oob = "jabber:x:oob";

/** What a SIP device is told of a message: what was said, whether somebody is writing, what became of a message of its own. */
export type ToSipContent = SipContent & { readonly kind: "text" | "state" | "receipt" };

/** What is known of the device a message goes to. */
export type SipReader = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** It takes message/cpim: only then it can be asked to tell that it got the message (RFC 5438 §6). */
  readonly cpim?: boolean;
  /** Its answer to the MESSAGE says that it got it (sip-wire 7.4): it is only asked to tell when somebody has read it. */
  readonly answers?: boolean;
  /** It takes application/im-iscomposing+xml; so it is held to, unless false. */
  readonly composing?: boolean;
  /** It takes message/imdn+xml. Who asked for notifications does, so it is held to, unless false. */
  readonly imdn?: boolean;
};

/**
 * A message stanza as what MESSAGE carries (RFC 7572 §5): what is said stands first, each is a request of its own, and an empty
 * list is nothing a SIP device could show. The plain body counts, not XHTML-IM; errors are the caller's (errors.ts).
 */
export function toSip(message: Element, reader: SipReader): readonly ToSipContent[] {
  if (message.attrs.type === "error") return [];
  const words = wordsOf(message);
  const contents: ToSipContent[] = [];
  if (words !== undefined) contents.push(said(message, words, reader));
  else if (reader.composing !== false) {
    // A message with words says by itself that they are written.
    const composing = composingIn(message);
    if (composing !== undefined) {
      contents.push({ ...content(isComposingType, writeIsComposing(composing)), kind: "state" });
    }
  }
  const notice = reader.imdn === false ? undefined : noticeIn(message);
  if (notice !== undefined) contents.push(told(message, notice, reader));
  return contents;
}

/**
 * What a message says in words: its body, the address it shares when it has no body, or of an error what its sender says of it.
 * Undefined without any.
 */
export function wordsOf(message: Element): string | undefined {
  if (message.attrs.type === "error") return readStanzaError(message).text || undefined;
  const body = textOf(bodyOf(message));
  const words = body === "" ? textOf(child(child(message, "x", oob) ?? message, "url", oob)).trim() : body;
  return words === "" ? undefined : words;
}

/** RFC 6121 §5.2.3: of several bodies the one in the message's own language, else the first. */
function bodyOf(message: Element): Element | undefined {
  const own = message.attrs["xml:lang"];
  let first: Element | undefined;
  for (const each of elements(message)) {
    if (each.name !== "body" || each.ns !== message.ns) continue;
    const language = each.attrs["xml:lang"];
    if (language === undefined || language === own) return each;
    first ??= each;
  }
  return first;
}

function said(message: Element, words: string, reader: SipReader): ToSipContent {
  // Nothing beside the words, as most messages are.
  if (message.children.length === 1) return { ...plainText(words, languageOf(message)), kind: "text" };
  const subject = textOf(child(message, "subject", message.ns));
  const language = languageOf(message);
  const taken = takenAt(message);
  // RFC 3261 §20.17: what comes late says from when it is.
  const date = taken === undefined ? "" : `Date: ${new Date(taken).toUTCString()}\r\n`;
  const { id } = message.attrs;
  const request = {
    delivered: reader.answers !== true && child(message, "request", ns.receipts) !== undefined,
    failed: reader.answers !== true && child(message, "request", ns.receipts) !== undefined,
    displayed: child(message, "markable", ns.chatMarkers) !== undefined,
  };
  const subjectLine = subject === "" ? "" : textHeader("Subject", subject);
  if (reader.cpim !== true || id === undefined || id === "" || !(request.delivered || request.displayed)) {
    return { ...plainText(words, subjectLine + language + date), kind: "text" };
  }
  const body = writeCpim({
    ...addressesOf(message),
    at: taken ?? reader.now,
    ...(subject === "" ? {} : { subject }),
    headers: imdnHeaders(messageIdOf(id), request),
    contentType: plainTextType,
    mime: language,
    body: utf8(words),
  });
  return { contentType: "message/cpim", body, headers: subjectLine + date, kind: "text" };
}

/** When it was taken to be delivered later, by the last who says so (XEP-0203 §2): milliseconds since 1970. */
function takenAt(message: Element): number | undefined {
  const mark = elements(message).findLast((each) => each.name === "delay" && each.ns === ns.delay);
  const at = Date.parse(mark?.attrs.stamp ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** RFC 7572 §5: xml:lang as Content-Language, when it is a language tag (RFC 5646 §2.1). */
function languageOf(message: Element): string {
  const tag = bodyOf(message)?.attrs["xml:lang"] ?? message.attrs["xml:lang"] ?? "";
  return /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}$/.test(tag) ? `Content-Language: ${tag}\r\n` : "";
}

/** RFC 7573 §6 (sip-wire 7.4). "gone" ends a session, and MESSAGE alone has none. */
const composingOf: Readonly<Record<string, IsComposing["state"]>> = {
  composing: "active",
  active: "idle",
  inactive: "idle",
  paused: "idle",
};

function composingIn(message: Element): IsComposing | undefined {
  const name = elements(message).find((each) => each.ns === ns.chatStates)?.name ?? "";
  const state = Object.hasOwn(composingOf, name) ? composingOf[name] : undefined;
  return state === undefined ? undefined : { state, refreshSeconds: defaultRefreshSeconds };
}

/** What became of a message: XEP-0184's receipt, XEP-0333's markers. */
type Notice = { readonly id: string; readonly kind: ImdnKind; readonly status: ImdnStatus };

function noticeIn(message: Element): Notice | undefined {
  for (const { name, ns: space, attrs } of elements(message)) {
    const { id } = attrs;
    if (id === undefined || id.trim() === "") continue;
    if (name === "received" && (space === ns.receipts || space === ns.chatMarkers)) {
      return { id, kind: "delivery-notification", status: "delivered" };
    }
    if (space === ns.chatMarkers && (name === "displayed" || name === "acknowledged")) {
      return { id, kind: "display-notification", status: "displayed" };
    }
  }
  return undefined;
}

/** RFC 5438 §7.2: a notification, in CPIM where that is taken; with an id of its own there, and asking for none itself. */
function told(message: Element, notice: Notice, reader: SipReader): ToSipContent {
  const { from, to } = addressesOf(message);
  const text = writeImdn({
    messageId: notice.id,
    dateTime: new Date(reader.now).toISOString(),
    recipientUri: from,
    kind: notice.kind,
    status: notice.status,
  });
  if (reader.cpim !== true) return { ...content(imdnType, text, imdnDisposition), kind: "receipt" };
  const own = message.attrs.id || `${notice.status}-${notice.id}`;
  const body = writeCpim({
    from,
    to,
    at: reader.now,
    headers: imdnHeaders(messageIdOf(own)),
    contentType: imdnType,
    mime: imdnDisposition,
    body: utf8(text),
  });
  return { contentType: "message/cpim", body, headers: "", kind: "receipt" };
}

/** Sender and recipient as people, not devices. */
function addressesOf(message: Element): { readonly from: string; readonly to: string } {
  return { from: uriOf(message.attrs.from), to: uriOf(message.attrs.to) };
}

function uriOf(address: string | undefined): string {
  const jid = parseJid(address ?? "");
  return jid.ok ? sipUriOf(jid.value, { gr: false }) : "sip:anonymous@anonymous.invalid"; // RFC 3323 §4.1.1.3
}

function content(contentType: string, text: string, headers = ""): SipContent {
  return { contentType, body: utf8(text), headers };
}
