import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterSpaceIn, codesOf, decimal, decimalIn } from "./characters.ts";
import { parseContentType } from "./content-type.ts";
import { type CSeq, readCSeqIn } from "./cseq.ts";
import { fieldSize, type HeadIndex, indexHead, lengthMissing, type SipLimits } from "./header-index.ts";
import {
  callIdId,
  contactId,
  contentTypeId,
  cseqId,
  expiresId,
  fromId,
  type HeaderName,
  idOfName,
  maxForwardsId,
  toId,
  viaId,
  written,
} from "./header-names.ts";
import { splitList } from "./list-values.ts";
import { methodIn } from "./method-names.ts";
import { type NameAddr, readNameAddrIn, tagOf } from "./name-addr.ts";
import { type AnyUri, readUriIn, type SipUri } from "./uri.ts";
import { readFirstViaIn, type Via } from "./via.ts";

export type { CSeq } from "./cseq.ts";
export type { SipLimits } from "./header-index.ts";
export type { HeaderName } from "./header-names.ts";

/** Reads the part of a text from `at` to `end`, whose characters are `codes`. */
export type Reader<T> = (codes: Uint8Array, text: string, at: number, end: number) => T;

/**
 * A SIP message as it came: its bytes and an index of them. Values are decoded when asked for and the important ones
 * kept. Texts are UTF-8; bytes that are none come out as U+FFFD. Values are slices of the whole head: copy what is to
 * be kept for long.
 */
export class SipMessage {
  /** Start line through body. */
  readonly bytes: Buffer;
  readonly isRequest: boolean;
  /** 0 for requests. */
  readonly status: number;
  /** What was wrong with it, when it was made only so that it can be answered. */
  readonly fault: Fault | undefined;
  /** Where things stand in `bytes` and in `head`. */
  readonly index: HeadIndex;
  #head: string | undefined = undefined;
  #method: string | undefined = undefined;
  #body: Buffer | undefined = undefined;
  #uri: Result<SipUri | AnyUri> | undefined = undefined;
  #via: Result<Via> | undefined | null = null;
  #from: Result<NameAddr> | undefined | null = null;
  #to: Result<NameAddr> | undefined | null = null;
  #cseq: CSeq | undefined | null = null;
  #callId: string | undefined = undefined;

  /** Made by `parseMessage` and the framer; `bytes` begin where the index begins. */
  constructor(bytes: Buffer, index: HeadIndex) {
    this.bytes = bytes;
    this.index = index;
    this.isRequest = index.isRequest;
    this.status = index.status;
    this.fault = index.fault;
  }

  /** Of the request; for a response that of CSeq, "" when that cannot be read. */
  get method(): string {
    if (this.#method === undefined) {
      this.#method = this.isRequest ? methodIn(this.bytes, this.head, 0, this.index.first) : (this.cseq?.method ?? "");
    }
    return this.#method;
  }

  /** The Request-URI as written; "" for responses. */
  get uri(): string {
    return this.isRequest ? this.#decoded(this.index.first + 1, this.index.second) : "";
  }

  /** The Request-URI, read. Fails with sip-malformed; a response has none. */
  get requestUri(): Result<SipUri | AnyUri> {
    if (this.#uri === undefined) {
      const { first, second } = this.index;
      this.#uri = this.isRequest
        ? readUriIn(this.bytes, this.head, first + 1, second)
        : no(fault("sip-malformed", "a response has no URI"));
    }
    return this.#uri;
  }

  /** "" for requests. */
  get reason(): string {
    return this.isRequest ? "" : this.#decoded(this.index.second, this.index.startEnd);
  }

  /** Start line and headers as Latin-1: every byte a character, so that places are the same in it and in `bytes`. */
  get head(): string {
    if (this.#head === undefined) this.#head = this.bytes.toString("latin1", 0, this.index.bodyAt);
    return this.#head;
  }

  #decoded(from: number, to: number): string {
    return this.index.ascii ? this.head.slice(from, to) : this.bytes.toString("utf8", from, to);
  }

  /**
   * Reads the value of the field at `at` in the index: without the white space around it, on one line (RFC 3261
   * §7.3.1). Straight from the bytes, unless it must be decoded or its lines joined first.
   */
  #read<T>(at: number, read: Reader<T>): T {
    const { fields, ascii, folded } = this.index;
    const { bytes } = this;
    let from = fields[at + 2] as number;
    let to = (fields[at + 3] as number) - 2;
    while (from < to && (bytes[from] as number) <= 0x20) from++;
    while (to > from && (bytes[to - 1] as number) <= 0x20) to--;
    if (ascii && !folded) return read(bytes, this.head, from, to);
    const text = this.#decoded(from, to).replace(/\r\n[ \t]+/g, " ");
    return read(codesOf(text), text, 0, text.length);
  }

  #first<T>(id: number, read: Reader<T>): T | undefined {
    const { fields } = this.index;
    for (let at = 0; at < fields.length; at += fieldSize) if (fields[at] === id) return this.#read(at, read);
    return undefined;
  }

  /**
   * Where the value of the first field of that header begins in `bytes`; -1 where there is none, or one cannot tell without
   * decoding it.
   */
  placeOf(id: number): number {
    const { fields, ascii, folded } = this.index;
    if (!ascii || folded) return -1;
    for (let at = 0; at < fields.length; at += fieldSize) {
      if (fields[at] === id) return afterSpaceIn(this.bytes, fields[at + 2] as number, fields[at + 3] as number);
    }
    return -1;
  }

  /**
   * The next field of that header from `at` on in the index, -1 when there is none. For unknown headers the name
   * decides.
   */
  #find(id: number, name: string, at: number): number {
    const { fields } = this.index;
    for (let field = at; field < fields.length; field += fieldSize) {
      if (fields[field] === id && (id !== 0 || this.#name(field) === name)) return field;
    }
    return -1;
  }

  #name(field: number): string {
    const { fields } = this.index;
    const name = this.head.slice(fields[field + 1] as number, (fields[field + 2] as number) - 1);
    return name.trimEnd().toLowerCase();
  }

  /** The first field's value: on one line, trimmed; whatever case or form its name was written in. */
  header(name: HeaderName): string | undefined {
    const field = this.#find(idOfName(name), name, 0);
    return field < 0 ? undefined : this.#read(field, sliced);
  }

  /** Whether there is such a field, for headers that have a number below 32. */
  has(name: HeaderName): boolean {
    return (this.index.present & (1 << idOfName(name))) !== 0;
  }

  /** The value of every field of that name, in order, not split. */
  headers(name: HeaderName): readonly string[] {
    return this.each(name, sliced);
  }

  /** The same, each read where it stands. */
  each<T>(name: HeaderName, read: Reader<T>): readonly T[] {
    const id = idOfName(name);
    const found: T[] = [];
    for (let at = this.#find(id, name, 0); at >= 0; at = this.#find(id, name, at + fieldSize)) {
      found.push(this.#read(at, read));
    }
    return found;
  }

  /** The values of a list header, over all its fields (RFC 3261 §7.3.1): split at commas that are not in quotes or <>. */
  values(name: HeaderName): readonly string[] {
    const fields = this.headers(name);
    return fields.length === 1 ? splitList(fields[0] as string) : fields.flatMap(splitList);
  }

  /** The topmost Via; undefined when there is none that can be read. */
  get via(): Via | undefined {
    if (this.#via === null) this.#via = this.#first(viaId, readFirstViaIn);
    return this.#via?.ok ? this.#via.value : undefined;
  }

  get from(): NameAddr | undefined {
    if (this.#from === null) this.#from = this.#first(fromId, readNameAddrIn);
    return this.#from?.ok ? this.#from.value : undefined;
  }

  get to(): NameAddr | undefined {
    if (this.#to === null) this.#to = this.#first(toId, readNameAddrIn);
    return this.#to?.ok ? this.#to.value : undefined;
  }

  /** The Contact where there is one field of it with one value; undefined where there is none, or it cannot be told so simply. */
  get contact(): NameAddr | undefined {
    if ((this.index.repeated & (1 << contactId)) !== 0) return undefined;
    const contact = this.#first(contactId, readNameAddrIn);
    return contact?.ok ? contact.value : undefined;
  }

  /** "" when there is none. */
  get callId(): string {
    if (this.#callId === undefined) this.#callId = this.#first(callIdId, sliced) ?? "";
    return this.#callId;
  }

  get cseq(): CSeq | undefined {
    if (this.#cseq === null) this.#cseq = this.#first(cseqId, readCSeqIn);
    return this.#cseq;
  }

  /** The tag of From, "" when there is none. */
  get fromTag(): string {
    const { from } = this;
    return from === undefined ? "" : (tagOf(from) ?? "");
  }

  /** The tag of To, "" when there is none. */
  get toTag(): string {
    const { to } = this;
    return to === undefined ? "" : (tagOf(to) ?? "");
  }

  /** Undefined when it is not there or says nothing clear. */
  get contentLength(): number | undefined {
    return this.index.length < 0 ? undefined : this.index.length;
  }

  /** Lower-case type/subtype, "" when there is none or it cannot be read. */
  get contentType(): string {
    const text = this.#first(contentTypeId, sliced);
    return text === undefined ? "" : (parseContentType(text)?.type ?? "");
  }

  /** Undefined when it is not there or no number from 0 to 255 (RFC 3261 §20.22). */
  get maxForwards(): number | undefined {
    const value = this.#first(maxForwardsId, numbered);
    return value !== undefined && value <= 255 ? value : undefined;
  }

  /** Seconds; undefined when it is not there or no number (RFC 3261 §20.19); see `deltaSeconds`. */
  get expires(): number | undefined {
    const text = this.#first(expiresId, sliced);
    return text === undefined ? undefined : deltaSeconds(text);
  }

  /** The bytes behind the head; shares their memory. */
  get body(): Buffer {
    if (this.#body === undefined) this.#body = this.bytes.subarray(this.index.bodyAt);
    return this.#body;
  }

  /** The lines of the first field of each of these headers that is there: name as it is written, value, CRLF. */
  copied(set: HeaderSet): string {
    const { fields } = this.index;
    let text = "";
    for (let at = 0; at < fields.length; at += fieldSize) {
      const id = fields[at] as number;
      const name = id === 0 ? set.unknown(this.#name(at)) : set.known[id];
      if (name === undefined || this.#find(id, id === 0 ? this.#name(at) : "", 0) !== at) continue;
      text += `${name}${this.#read(at, sliced)}\r\n`;
    }
    return text;
  }

  /**
   * The lines of all headers but the named, with their CRLFs, as they came: names, white space and folds too (R3). What
   * is no UTF-8 comes out as U+FFFD.
   */
  rawHeadersExcept(names: readonly HeaderName[]): string {
    const { fields } = this.index;
    let text = "";
    for (let at = 0; at < fields.length; at += fieldSize) {
      const id = fields[at] as number;
      const isNamed = id === 0 ? names.includes(this.#name(at)) : names.some((name) => idOfName(name) === id);
      if (!isNamed) text += this.#decoded(fields[at + 1] as number, fields[at + 3] as number);
    }
    return text;
  }
}

/** Some headers, to be looked for all at once. */
export class HeaderSet {
  /** By number, how the name is written: "Subject: "; undefined for those that are not meant. */
  readonly known: readonly (string | undefined)[];
  readonly #unknown = new Map<string, string>();

  /** Names as they are written. */
  constructor(names: readonly string[]) {
    const known: (string | undefined)[] = written.map(() => undefined);
    for (const name of names) {
      const id = idOfName(name.toLowerCase());
      if (id === 0) this.#unknown.set(name.toLowerCase(), `${name}: `);
      else known[id] = written[id];
    }
    this.known = known;
  }

  /** The same for a header that has no number. */
  unknown(name: string): string | undefined {
    return this.#unknown.get(name);
  }
}

function sliced(_codes: Uint8Array, text: string, at: number, end: number): string {
  return text.slice(at, end);
}

function numbered(codes: Uint8Array, _text: string, at: number, end: number): number | undefined {
  return decimalIn(codes, at, end);
}

/** What became of some bytes: a message, a fault, or both when it is wrong and may nevertheless be answered. */
export type Reading = { readonly message: SipMessage | undefined; readonly fault: Fault | undefined };

/**
 * Reads one whole message: a datagram or a WebSocket message (RFC 3261 §18.3, RFC 7118 §5). CRLFs before it are passed
 * over (§7.5). The body is what Content-Length says, or all there is without one; bytes behind it are dropped; too few
 * are a fault. With a fault comes a message when it has a head to take an answer's headers from: see `mayAnswer` in
 * request-check.ts.
 */
export function readMessage(bytes: Buffer, limits: SipLimits): Reading {
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  if (bytes.length - start > limits.sipMessageBytesMax) {
    return { message: undefined, fault: fault("sip-too-large", "sipMessageBytesMax") };
  }
  const index = indexHead(bytes, start, bytes.length, limits);
  if (index === undefined) {
    return { message: undefined, fault: fault("sip-malformed", "no empty line behind the headers") };
  }
  const most = bytes.length - start - index.bodyAt;
  const length = index.length === lengthMissing ? most : index.length;
  if (length > most) index.fault ??= fault("sip-malformed", "a body shorter than Content-Length");
  const end = start + index.bodyAt + (length < 0 ? 0 : Math.min(length, most));
  const message = new SipMessage(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), index);
  return { message: index.isSip ? message : undefined, fault: index.fault };
}

/**
 * Reads one whole message, as `readMessage`; fails with sip-malformed, sip-version, sip-too-large or sip-uri-too-long.
 */
export function parseMessage(bytes: Buffer, limits: SipLimits): Result<SipMessage> {
  const { message, fault: failure } = readMessage(bytes, limits);
  if (failure !== undefined) return no(failure);
  return message === undefined ? no(fault("sip-malformed", "not SIP")) : ok(message);
}

/**
 * Seconds as a header or parameter says them (RFC 3261 §25.1 delta-seconds); what is more than 2^32-1 counts as that
 * (RFC 4475 §3.1.2.4). Undefined when it is no number.
 */
export function deltaSeconds(text: string): number | undefined {
  const value = decimal(text);
  if (value !== undefined) return Math.min(value, 4_294_967_295);
  return /^\d+$/.test(text) ? 4_294_967_295 : undefined;
}
