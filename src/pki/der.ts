/** One element of DER (X.690): what a certificate is made of. Views into the bytes that were read, never copies. */
export type Der = {
  /** The identifier byte as it stands: class, constructed bit and number (0x30 is SEQUENCE, 0xa0 is [0] constructed). */
  readonly tag: number;
  /** The contents. */
  readonly value: Uint8Array;
  /** Identifier, length and contents. */
  readonly whole: Uint8Array;
  /** How deep it stands; the outermost is 0. */
  readonly depth: number;
};

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  bmpString: 0x1e,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const constructed = 0x20;
const depthMax = 16;

/** The one element these bytes are. Undefined when they are not DER, or when anything follows it. */
export function readDer(bytes: Uint8Array, depth = 0): Der | undefined {
  const der = readAt(bytes, 0, depth);
  return der !== undefined && der.whole.byteLength === bytes.byteLength ? der : undefined;
}

/** The elements inside a constructed one. Undefined when it is primitive, nested too deep, or its contents are not DER. */
export function inside(der: Der | undefined): readonly Der[] | undefined {
  if (der === undefined || (der.tag & constructed) === 0 || der.depth >= depthMax) return undefined;
  const elements: Der[] = [];
  for (let at = 0; at < der.value.byteLength; ) {
    const next = readAt(der.value, at, der.depth + 1);
    if (next === undefined) return undefined;
    elements.push(next);
    at += next.whole.byteLength;
  }
  return elements;
}

function readAt(bytes: Uint8Array, from: number, depth: number): Der | undefined {
  const tag = bytes[from];
  const first = bytes[from + 1];
  // Numbers above 30 take several bytes (X.690 §8.1.2.4); nothing in X.509 has one.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let start = from + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    // X.690 §10.1: definite lengths only, in as few bytes as will do. Four bytes are more than any certificate needs.
    if (count === 0 || count > 4 || start + count > bytes.byteLength || bytes[start] === 0) return undefined;
    length = 0;
    for (const end = start + count; start < end; start++) length = length * 256 + (bytes[start] ?? 0);
    if (length < 0x80) return undefined;
  }
  const end = start + length;
  if (end > bytes.byteLength) return undefined;
  return { tag, value: bytes.subarray(start, end), whole: bytes.subarray(from, end), depth };
}

/** An OBJECT IDENTIFIER in dotted form. Undefined when it is none, or when an arc is beyond 2^53. */
export function oidFrom(der: Der | undefined): string | undefined {
  if (der === undefined || der.tag !== derTag.oid || der.value.byteLength === 0) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  let begun = false;
  for (const byte of der.value) {
    // X.690 §8.19.2: an arc never begins with a byte that says nothing.
    if (!begun && byte === 0x80) return undefined;
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) return undefined;
    begun = byte >= 0x80;
    if (begun) continue;
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc < 80 ? arc % 40 : arc - 80);
    else arcs.push(arc);
    arc = 0;
  }
  return begun ? undefined : arcs.join(".");
}

/** A BOOLEAN (X.690 §11.1: true is 0xff). */
export function booleanFrom(der: Der | undefined): boolean | undefined {
  if (der === undefined || der.tag !== derTag.boolean || der.value.byteLength !== 1) return undefined;
  return der.value[0] === 0xff ? true : der.value[0] === 0 ? false : undefined;
}

/** A small INTEGER that is not negative. */
export function countFrom(der: Der | undefined): number | undefined {
  if (der === undefined || der.tag !== derTag.integer) return undefined;
  const [first, second] = der.value;
  if (first === undefined || first >= 0x80 || der.value.byteLength > 6) return undefined;
  if (first === 0 && second !== undefined && second < 0x80) return undefined;
  return der.value.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The bits of a BIT STRING, first bit first, at most the first 16 (named bits: key usage). */
export function bitsFrom(der: Der | undefined): readonly boolean[] | undefined {
  if (der === undefined || der.tag !== derTag.bitString) return undefined;
  const unused = der.value[0];
  if (unused === undefined || unused > 7 || (der.value.byteLength === 1 && unused > 0)) return undefined;
  const bytes = der.value.subarray(1, 3);
  return Array.from(bytes).flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte & (0x80 >> bit)) !== 0));
}

/**
 * UTCTime or GeneralizedTime as milliseconds since 1970. RFC 5280 §4.1.2.5: both in Zulu, with seconds and no fractions;
 * a two-digit year of 50 or more is of the last century.
 */
export function timeFrom(der: Der | undefined): number | undefined {
  if (der === undefined || (der.tag !== derTag.utcTime && der.tag !== derTag.generalizedTime)) return undefined;
  const text = String.fromCharCode(...der.value.subarray(0, 20));
  const form = der.tag === derTag.utcTime ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/;
  const [, yearText = "", rest = ""] = form.exec(text) ?? [];
  if (yearText === "") return undefined;
  const year = Number(yearText) + (yearText.length === 4 ? 0 : Number(yearText) >= 50 ? 1900 : 2000);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (rest.match(/\d\d/g) ?? []).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const given =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return given ? date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 : undefined;
}

const utf8Strict = new TextDecoder("utf-8", { fatal: true });

/** Any of the character strings as text; what is not UTF-8 is read byte by byte. Undefined when it is no string at all. */
export function textFrom(der: Der): string | undefined {
  switch (der.tag) {
    case derTag.utf8String:
      try {
        return utf8Strict.decode(der.value);
      } catch {
        return bytesAsText(der.value);
      }
    case derTag.bmpString:
      return der.value.byteLength % 2 === 0 ? new TextDecoder("utf-16be").decode(der.value) : undefined;
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x14: // TeletexString, in practice Latin-1
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return bytesAsText(der.value);
    default:
      return undefined;
  }
}

/** Each byte as the character of that number: ASCII stays ASCII, and nothing else can turn into it. */
export function bytesAsText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
