import { asBuffer } from "../base/bytes.ts";
import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { bytes as charts, isCdata, isCharacter, isName, isNameStart, isSpace, isText, isValue } from "./characters.ts";
import { illegal, unexpected, wideAt, wideNameAt, wrong } from "./complaint.ts";
import { declarationFault, declarationStart } from "./declaration.ts";
import { Stanza } from "./stanza.ts";
import { escaped, StartTag, wide } from "./start-tag.ts";
import { headerOf, type StreamHeader } from "./stream-header.ts";
import { spells } from "./words.ts";

export { Stanza } from "./stanza.ts";
export type { StreamHeader } from "./stream-header.ts";

export type FramerLimits = Pick<
  Limits,
  "stanzaBytesUnauthMax" | "xmlDepthMax" | "xmlAttributesMax" | "xmlNameBytesMax" | "xmlPrefixesMax"
>;

/** Who gets the frames, in order. `false` stops after this frame: the rest is kept until `resume`. */
export interface FrameSink {
  onOpen(header: StreamHeader): boolean;
  onStanza(stanza: Stanza): boolean;
  onClose(): void;
}

// Where the scanner stands. The most visited come first: they are tested in this order.
const text = 0; // inside a stanza, between tags
const value = 1; // in an attribute value
const attribute = 2; // in an attribute's name
const space = 3; // in a start tag, after white space
const tag = 4; // in a start tag, after a name or value
const less = 5; // after '<'
const name = 6; // in a start tag's name
const close = 7; // in an end tag's name
const between = 8; // between stanzas, before the header, after the end
const closed = 9; // in an end tag, after the name
const equals = 10; // after an attribute's name, before '='
const quotes = 11; // after '=', before the quote
const slash = 12; // after the '/' of an empty element
const reference = 13; // after '&'
const number = 14; // after '&#'
const decimal = 15; // in '&#65'
const hexadecimal = 16; // in '&#x41'
const bang = 17; // in '<![CDATA['
const cdata = 18; // in a CDATA section
const declaration = 19; // in '<?xml … ?>'

// How far the stream has come.
const beforeHeader = 0;
const open = 1;
const over = 2;

const none = Buffer.alloc(0);
const predefined = ["amp", "lt", "gt", "quot", "apos"] as const;
const cdataStart = "<![CDATA[";

/**
 * Cuts a stream of bytes into its header, its stanzas and its end, and checks on the way that all of it is the XML a
 * stream may carry (RFC 6120 §11, XML 1.0, Namespaces in XML 1.0). It builds no tree. It remembers where it stands, so
 * bytes may come in pieces of any size and each is looked at once; a stanza that came in one piece is a part of it, one
 * that came in several is gathered. The first fault is the last word: every later `push` answers it again.
 */
export class Framer {
  /** Bytes of the largest stanza accepted; raise it when the peer has signed in. */
  stanzaBytesMax: number;
  readonly #sink: FrameSink;
  readonly #limits: FramerLimits;
  readonly #tag: StartTag;
  /** The bytes at hand: the peer's own piece, or what was gathered. */
  #buffer: Buffer = none;
  #length = 0;
  #gathered = false;
  #fault: Fault | undefined;
  #stopped = false;
  #busy = false;
  #resumed = false;

  // The scanner's state; places are absolute in #buffer, and move with it.
  #at = between;
  #position = 0;
  /** Where the unfinished element begins; the position when there is none. */
  #base = 0;
  /** Where the name, value or section being read begins. */
  #mark = 0;
  #colon = -1;
  #spaceAt = 0;
  #reference = 0;
  #code = 0;
  #digits = 0;
  #quote = 0;
  #flags = 0;

  #stage = beforeHeader;
  #mayDeclare = true;
  #again = false;
  #depth = 0;
  /** For each open element its name: place from the stanza's start, and size. */
  readonly #open: number[] = [];
  #streamName: Buffer = none;

  constructor(sink: FrameSink, limits: FramerLimits) {
    this.#sink = sink;
    this.#limits = limits;
    this.#tag = new StartTag(limits);
    this.stanzaBytesMax = limits.stanzaBytesUnauthMax;
  }

  /** Bytes held that no frame has used yet, of a complete frame or not. */
  get pending(): number {
    return this.#length - this.#base;
  }

  /** Takes the next bytes; the memory must not change afterwards. Calls the sink for each frame they complete. */
  push(bytes: Uint8Array): Fault | undefined {
    if (this.#busy) throw new Error("push was called from inside a sink");
    if (this.#fault !== undefined) return this.#fault;
    if (this.#length === this.#base) {
      this.#buffer = asBuffer(bytes);
      this.#gathered = false;
      this.#length = bytes.length;
      this.#position = 0;
      this.#base = 0;
    } else {
      this.#gather(bytes);
    }
    return this.#stopped ? undefined : this.#run();
  }

  /** Goes on after a sink answered `false`. */
  resume(): Fault | undefined {
    this.#stopped = false;
    this.#resumed = true;
    return this.#busy || this.#fault !== undefined ? this.#fault : this.#run();
  }

  /**
   * A new stream header is next (RFC 6120 §4.3.3). Bytes that are pending stay and are read as its beginning: after
   * STARTTLS, where nothing sent in the clear may count, the owner looks at `pending` first (RFC 6120 §5.4.3.3).
   */
  restart(): void {
    this.#stage = beforeHeader;
    this.#mayDeclare = true;
    this.#again = true;
    this.#at = between;
    this.#position = this.#base;
    this.#depth = 0;
    this.#tag.stanza = undefined;
    this.#quote = 0;
    this.#tag.scope.under({});
  }

  /** Keeps what is pending and adds to it; the room grows by doubling, so that bytes are copied a few times at most. */
  #gather(bytes: Uint8Array): void {
    const from = this.#base;
    const held = this.#length - from;
    if (this.#gathered && this.#buffer.length - this.#length >= bytes.length) {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
      return;
    }
    const grown = Buffer.allocUnsafe(Math.max(held + bytes.length, 2 * held, 64));
    this.#buffer.copy(grown, 0, from, this.#length);
    grown.set(bytes, held);
    this.#buffer = grown;
    this.#gathered = true;
    this.#length = held + bytes.length;
    this.#base = 0;
    this.#position -= from;
    this.#mark -= from;
    this.#colon -= from;
    this.#spaceAt -= from;
    this.#reference -= from;
  }

  #run(): Fault | undefined {
    this.#busy = true;
    try {
      this.#fault = this.#scan();
    } finally {
      this.#busy = false;
    }
    if (this.#base === this.#length || this.#fault !== undefined) {
      this.#buffer = none;
      this.#length = 0;
      this.#position = 0;
      this.#base = 0;
      this.#gathered = false;
    }
    return this.#fault;
  }

  /** Where the element that begins at `base` must have ended. */
  #limit(base: number): number {
    const most = this.#stage === open ? this.stanzaBytesMax : this.#limits.stanzaBytesUnauthMax;
    return Math.min(this.#length, base + most);
  }

  /** Reads on from where it stood until the bytes end, the sink stops, or something is wrong. */
  #scan(): Fault | undefined {
    const buffer = this.#buffer;
    let position = this.#position;
    let at = this.#at;
    let mark = this.#mark;
    let colon = this.#colon;
    let base = this.#base;
    let end = at === between ? this.#length : this.#limit(base);

    scanning: for (;;) {
      switch (at) {
        case text:
          while (position < end) {
            const c = buffer[position] as number;
            if (((charts[c] as number) & isText) !== 0) {
              position++;
            } else if (c === 0x3c) {
              position++;
              at = less;
              continue scanning;
            } else if (c >= 0x80) {
              const width = wideAt(buffer, position, end, base);
              if (typeof width !== "number") return width;
              if (width === 0) break scanning;
              position += width;
            } else if (c === 0x26) {
              this.#reference = ++position;
              at = reference;
              continue scanning;
            } else if (c === 0x3e) {
              // XML 1.0 §2.4: no "]]>" in text. Two ']' right before a '>' of the text are text themselves.
              if (buffer[position - 1] === 0x5d && buffer[position - 2] === 0x5d) {
                return wrong("xml-not-well-formed", "']]>' in text", position - base);
              }
              position++;
            } else {
              return illegal(c, position - base);
            }
          }
          break scanning;

        case value:
          while (position < end) {
            const c = buffer[position] as number;
            if (((charts[c] as number) & isValue) !== 0) {
              position++;
            } else if (c === this.#quote) {
              const failed = this.#tag.valued(buffer, base, mark - base, position - base, this.#flags);
              if (failed !== undefined) return failed;
              this.#quote = 0;
              position++;
              at = tag;
              continue scanning;
            } else if (c >= 0x80) {
              const width = wideAt(buffer, position, end, base);
              if (typeof width !== "number") return width;
              if (width === 0) break scanning;
              this.#flags |= wide;
              position += width;
            } else if (c === 0x22 || c === 0x27) {
              position++;
            } else if (c === 0x26) {
              this.#flags |= escaped;
              this.#reference = ++position;
              at = reference;
              continue scanning;
            } else if (((charts[c] as number) & isSpace) !== 0) {
              this.#flags |= escaped;
              position++;
            } else if (c === 0x3c) {
              return unexpected(c, "in an attribute's value", position - base);
            } else {
              return illegal(c, position - base);
            }
          }
          break scanning;

        case attribute:
        case name: {
          const most = Math.min(end, mark + this.#limits.xmlNameBytesMax + 1);
          while (position < most) {
            const c = buffer[position] as number;
            const chart = charts[c] as number;
            if ((chart & isNameStart) !== 0) {
              position++;
              continue;
            }
            const first = position === mark || position === colon + 1;
            if ((chart & isName) !== 0 && !first) {
              position++;
            } else if (c === 0x3a && !first && colon < mark) {
              colon = position++; // Namespaces in XML 1.0 §4: one colon, with a name on either side
            } else if (c >= 0x80) {
              const width = wideNameAt(buffer, position, end, base, first, nameOr(position, colon));
              if (typeof width !== "number") return width;
              if (width === 0) break;
              position += width;
            } else if (first || c === 0x3a) {
              return unexpected(c, nameOr(position, colon), position - base);
            } else {
              const prefix = colon > mark ? colon - base : -1;
              if (at === name) {
                this.#tag.begin(this.#depth + 1, mark - base, position - base, prefix);
                this.#open[2 * this.#depth] = mark - base;
                this.#open[2 * this.#depth + 1] = position - mark;
                at = tag;
                continue scanning;
              }
              const failed = this.#tag.named(buffer, base, this.#spaceAt - base, mark - base, position - base, prefix);
              if (failed !== undefined) return failed;
              at = equals;
              continue scanning;
            }
          }
          if (position - mark > this.#limits.xmlNameBytesMax) {
            return wrong("xml-name-too-long", "a name that does not end", mark - base);
          }
          break scanning;
        }

        case tag:
        case space:
          while (position < end) {
            const c = buffer[position] as number;
            const chart = charts[c] as number;
            if ((chart & isSpace) !== 0) {
              if (at === tag) this.#spaceAt = position;
              at = space;
              position++;
            } else if (c === 0x3e) {
              this.#position = ++position;
              const failed = this.#startTag(buffer, base, position, false);
              if (failed !== undefined || this.#stopped) return failed;
              at = this.#at;
              if (at === between) end = this.#length;
              continue scanning;
            } else if (c === 0x2f) {
              position++;
              at = slash;
              continue scanning;
            } else if (at === tag) {
              return unexpected(c, "in a start tag, where white space is due", position - base);
            } else {
              mark = position;
              colon = -1;
              at = attribute;
              continue scanning;
            }
          }
          break scanning;

        case equals:
        case quotes:
          while (position < end) {
            const c = buffer[position] as number;
            if (at === equals && c === 0x3d) {
              at = quotes;
            } else if (at === quotes && (c === 0x22 || c === 0x27)) {
              this.#quote = c;
              this.#flags = 0;
              mark = ++position;
              at = value;
              continue scanning;
            } else if (((charts[c] as number) & isSpace) === 0) {
              return unexpected(c, at === equals ? "instead of '='" : "instead of a quote", position - base);
            }
            position++;
          }
          break scanning;

        case slash: {
          if (position >= end) break scanning;
          const c = buffer[position] as number;
          if (c !== 0x3e) return unexpected(c, "after '/' in a start tag", position - base);
          this.#position = ++position;
          const failed = this.#startTag(buffer, base, position, true);
          if (failed !== undefined || this.#stopped) return failed;
          at = this.#at;
          base = this.#base;
          if (at === between) end = this.#length;
          continue scanning;
        }

        case less: {
          if (position >= end) break scanning;
          const c = buffer[position] as number;
          if (c === 0x2f && this.#stage === open) {
            mark = ++position;
            at = close;
          } else if (c === 0x21) {
            mark = position - 1;
            position++;
            at = bang;
          } else if (c === 0x3f) {
            if (!this.#mayDeclare) return wrong("xml-restricted", "a processing instruction", position - base); // RFC 6120 §11.1
            mark = position - 1;
            position++;
            at = declaration;
          } else {
            if (this.#depth >= this.#limits.xmlDepthMax) {
              return wrong("xml-too-deep", `level ${this.#depth + 1}`, position - base);
            }
            this.#mayDeclare = false;
            if (this.#depth === 0 && this.#stage === open) this.#tag.stanza = new Stanza();
            mark = position;
            colon = -1;
            at = name;
          }
          continue scanning;
        }

        case close: {
          // XML 1.0 §3, Element Type Match: byte by byte against the start tag's name, the stream's own or one of the stanza's.
          const outer = this.#depth === 0;
          const opened = outer ? this.#streamName : buffer;
          const from = outer ? 0 : base + (this.#open[2 * this.#depth - 2] as number);
          const size = outer ? opened.length : (this.#open[2 * this.#depth - 1] as number);
          for (let i = position - mark; i < size && position < end; i++, position++) {
            const c = buffer[position] as number;
            if (c !== opened[from + i]) return unexpected(c, "in an end tag that fits no start tag", position - base);
          }
          if (position - mark < size) break scanning;
          at = closed;
          continue scanning;
        }

        case closed:
          while (position < end) {
            const c = buffer[position] as number;
            position++;
            if (c === 0x3e) {
              this.#position = position;
              this.#endTag(buffer, position);
              if (this.#stopped) return undefined;
              at = this.#at;
              if (at === between) end = this.#length;
              continue scanning;
            }
            if (((charts[c] as number) & isSpace) === 0) {
              return unexpected(c, "in an end tag that fits no start tag", position - 1 - base);
            }
          }
          break scanning;

        case between:
          while (position < end) {
            const c = buffer[position] as number;
            if (((charts[c] as number) & isSpace) !== 0) {
              if (!this.#again) this.#mayDeclare = false; // XML 1.0 §2.8: nothing may stand before the declaration
              position++;
            } else if (c === 0x3c && this.#stage !== over) {
              base = position;
              this.#base = position++;
              end = this.#limit(base);
              at = less;
              continue scanning;
            } else {
              return unexpected(c, placeOf(this.#stage), 0);
            }
          }
          base = position;
          break scanning;

        case reference:
          while (position < end) {
            const c = buffer[position] as number;
            const size = position - this.#reference;
            if (c === 0x23 && size === 0) {
              position++;
              at = number;
              continue scanning;
            }
            if (c === 0x3b && size > 0) {
              if (!isPredefined(buffer, this.#reference, position)) return undefinedEntity(this.#reference - base);
              position++;
              at = this.#quote === 0 ? text : value;
              continue scanning;
            }
            const chart = charts[c] as number;
            if ((chart & isName) === 0 || (size === 0 && (chart & isNameStart) === 0)) {
              return unexpected(c, "in a reference", position - base);
            }
            if (size === 4) return undefinedEntity(this.#reference - base);
            position++;
          }
          break scanning;

        case number: {
          if (position >= end) break scanning;
          const c = buffer[position] as number;
          this.#code = 0;
          this.#digits = 0;
          at = c === 0x78 ? hexadecimal : decimal;
          if (c === 0x78) position++;
          continue scanning;
        }

        case decimal:
        case hexadecimal:
          while (position < end) {
            const c = buffer[position] as number;
            if (c === 0x3b && this.#digits > 0) {
              if (!isCharacter(this.#code)) return illegal(this.#code, position - base); // XML 1.0 §4.1, Legal Character
              position++;
              at = this.#quote === 0 ? text : value;
              continue scanning;
            }
            const digit = digitOf(c);
            const radix = at === decimal ? 10 : 16;
            if (digit >= radix) return unexpected(c, "in a character reference", position - base);
            this.#code = Math.min(this.#code * radix + digit, 0x110000);
            this.#digits = 1;
            position++;
          }
          break scanning;

        case bang:
          for (let i = position - mark; i < cdataStart.length && position < end; i++, position++) {
            const c = buffer[position] as number;
            if (c === cdataStart.charCodeAt(i) && this.#depth > 0) continue;
            if (i === 2 && c !== 0x5b) {
              return wrong("xml-restricted", c === 0x2d ? "a comment" : "a markup declaration", mark - base); // RFC 6120 §11.1
            }
            return unexpected(c, "after '<!'", position - base);
          }
          if (position - mark < cdataStart.length) break scanning;
          mark = position;
          at = cdata;
          continue scanning;

        case cdata:
          while (position < end) {
            const c = buffer[position] as number;
            if (((charts[c] as number) & isCdata) !== 0) {
              position++;
            } else if (c >= 0x80) {
              const width = wideAt(buffer, position, end, base);
              if (typeof width !== "number") return width;
              if (width === 0) break scanning;
              position += width;
            } else if (c === 0x3e) {
              position++;
              if (position - mark >= 3 && buffer[position - 2] === 0x5d && buffer[position - 3] === 0x5d) {
                at = text;
                continue scanning;
              }
            } else {
              return illegal(c, position - base);
            }
          }
          break scanning;

        case declaration:
          for (let i = position - mark; position < end; i++, position++) {
            const c = buffer[position] as number;
            if (
              i < declarationStart.length
                ? c !== declarationStart.charCodeAt(i)
                : i === 5 && ((charts[c] as number) & isSpace) === 0
            ) {
              return wrong("xml-restricted", "a processing instruction", mark - base); // RFC 6120 §11.1
            }
            if (c !== 0x3e) continue;
            const failed = declarationFault(buffer.toString("latin1", mark, ++position));
            if (failed !== undefined) return failed;
            this.#mayDeclare = false;
            base = position;
            end = this.#length;
            at = between;
            continue scanning;
          }
          break scanning;
      }
    }

    this.#position = position;
    this.#at = at;
    this.#mark = mark;
    this.#colon = colon;
    this.#base = base;
    if (this.#length > end) return wrong("xml-stanza-too-big", `more than ${end - base} bytes`, end - base); // RFC 6120 §13.12
    return undefined;
  }

  /** A start tag is complete, up to `position`: the header's, a stanza's, or one inside. */
  #startTag(buffer: Buffer, base: number, position: number, isEmpty: boolean): Fault | undefined {
    const failed = this.#tag.end(buffer, base);
    if (failed !== undefined) return failed;
    if (this.#stage === beforeHeader) {
      this.#header(buffer, base, position, isEmpty);
      return undefined;
    }
    this.#at = text;
    if (this.#depth === 0) {
      const stanza = this.#tag.stanza as Stanza;
      stanza.headEnd = position - base;
      stanza.empty = isEmpty;
    }
    if (!isEmpty) this.#depth++;
    else if (this.#depth === 0) this.#complete(buffer, position);
    else this.#tag.scope.leave(this.#depth);
    return undefined;
  }

  #endTag(buffer: Buffer, position: number): void {
    if (this.#depth === 0) {
      this.#end(position);
      return;
    }
    this.#at = text;
    this.#depth--;
    if (this.#depth === 0) this.#complete(buffer, position);
    else this.#tag.scope.leave(this.#depth);
  }

  #header(buffer: Buffer, base: number, position: number, isEmpty: boolean): void {
    const header = headerOf(this.#tag, buffer, base);
    this.#tag.scope.under(header.prefixes);
    this.#tag.contentNs = header.contentNs;
    this.#streamName = Buffer.from(buffer.subarray(base + this.#tag.nameAt, base + this.#tag.nameEnd));
    this.#stage = open;
    this.#base = position;
    this.#at = between;
    this.#resumed = false;
    if (!this.#sink.onOpen(header) && !this.#resumed) this.#stopped = true;
    if (isEmpty && this.#stage === open) this.#end(position);
  }

  #complete(buffer: Buffer, position: number): void {
    const stanza = this.#tag.stanza as Stanza;
    this.#tag.stanza = undefined;
    this.#tag.scope.clear();
    stanza.bytes = buffer.subarray(this.#base, position);
    this.#base = position;
    this.#at = between;
    this.#resumed = false;
    if (!this.#sink.onStanza(stanza) && !this.#resumed) this.#stopped = true;
  }

  #end(position: number): void {
    this.#stage = over;
    this.#base = position;
    this.#at = between;
    this.#sink.onClose();
  }
}

function nameOr(position: number, colon: number): string {
  return position === colon + 1 ? "after a prefix" : "in a name";
}

function placeOf(stage: number): string {
  if (stage === beforeHeader) return "before the stream header";
  return stage === open ? "between stanzas" : "after the end of the stream";
}

function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 16;
}

/** XML 1.0 §4.6. */
function isPredefined(from: Buffer, at: number, end: number): boolean {
  return predefined.some((entity) => spells(from, at, end, entity));
}

function undefinedEntity(at: number): Fault {
  return wrong("xml-restricted", "an entity that is not one of XML's own five", at); // RFC 6120 §11.1
}
