import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { afterText, bytes as charts, isName, isNameStart, isSpace, isValue } from "./characters.ts";
import { illegal, inName, unexpected, wideAt, wideNameAt, wrong } from "./complaint.ts";
import { Cdata, Declaration, type Inset, Reference } from "./inset.ts";
import { type FrameSink, Nesting, open, over } from "./nesting.ts";
import { escaped, type StartTag, wide } from "./start-tag.ts";

export type FramerLimits = Pick<
  Limits,
  "stanzaBytesUnauthMax" | "xmlDepthMax" | "xmlAttributesMax" | "xmlNameBytesMax" | "xmlPrefixesMax"
>;

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
const within = 13; // in an inset

/**
 * The framer's eyes: a machine over bytes that knows where it stands in a stream, and tells the sink of each frame. The
 * framer holds the bytes and says what to look at.
 */
export class Scanner {
  /** Bytes of the largest stanza accepted. */
  stanzaBytesMax: number;
  /** Places are absolute in the bytes at hand, and move with them: see `shift`. */
  position = 0;
  /** What is open, and where it begins. */
  readonly nesting: Nesting;
  readonly #limits: FramerLimits;
  readonly #tag: StartTag;
  #length = 0;
  #at = between;
  /** Where the name or value being read begins. */
  #mark = 0;
  #colon = -1;
  #spaceAt = 0;
  #quote = 0;
  #flags = 0;
  #inset: Inset | undefined;
  #after = text;
  #mayDeclare = true;
  #again = false;

  constructor(sink: FrameSink, limits: FramerLimits) {
    this.#limits = limits;
    this.nesting = new Nesting(sink, limits);
    this.#tag = this.nesting.tag;
    this.stanzaBytesMax = limits.stanzaBytesUnauthMax;
  }

  /** A new stream header is next. White space before its declaration still belongs to the old stream. */
  restart(): void {
    this.nesting.restart();
    this.#mayDeclare = true;
    this.#again = true;
    this.#at = between;
    this.position = this.nesting.base;
    this.#quote = 0;
    this.#inset = undefined;
  }

  /** What lay at `by` is now the first byte at hand. */
  shift(by: number): void {
    this.nesting.base -= by;
    this.position -= by;
    this.#mark -= by;
    this.#colon -= by;
    this.#spaceAt -= by;
  }

  /** Where the element that begins at `base` must have ended. */
  #limit(base: number): number {
    const most = this.nesting.stage === open ? this.stanzaBytesMax : this.#limits.stanzaBytesUnauthMax;
    return Math.min(this.#length, base + most);
  }

  /** Reads on from where it stood until the bytes end, the sink stops, or something is wrong. */
  scan(buffer: Buffer, length: number): Fault | undefined {
    const { nesting } = this;
    this.#length = length;
    let position = this.position;
    let at = this.#at;
    let mark = this.#mark;
    let colon = this.#colon;
    let base = nesting.base;
    let end = at === between ? this.#length : this.#limit(base);

    scanning: for (;;) {
      switch (at) {
        case text:
          for (;;) {
            position = afterText(buffer, position, end);
            if (position >= end) break scanning;
            const c = buffer[position] as number;
            if (c === 0x3c) {
              position++;
              at = less;
              continue scanning;
            } else if (c >= 0x80) {
              const width = wideAt(buffer, position, end, base);
              if (typeof width !== "number") return width;
              if (width === 0) break scanning;
              position += width;
            } else if (c === 0x26) {
              position++;
              at = this.#begin(new Reference(), text);
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

        case value:
          for (;;) {
            while (position < end && ((charts[buffer[position] as number] as number) & isValue) !== 0) position++;
            if (position >= end) break scanning;
            const c = buffer[position] as number;
            if (c === this.#quote) {
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
              position++;
              at = this.#begin(new Reference(), value);
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
              const width = wideNameAt(buffer, position, end, base, first, inName(position, colon));
              if (typeof width !== "number") return width;
              if (width === 0) break;
              position += width;
            } else if (first || c === 0x3a) {
              return unexpected(c, inName(position, colon), position - base);
            } else {
              const prefix = colon > mark ? colon - base : -1;
              if (at === name) {
                nesting.named(mark - base, position - base, prefix);
                at = tag;
                continue scanning;
              }
              const failed = this.#tag.named(buffer, base, this.#spaceAt - base, mark - base, position - base, prefix);
              if (failed !== undefined) return failed;
              at = equals;
              const next = buffer[position + 1];
              if (c === 0x3d && position + 1 < end && (next === 0x22 || next === 0x27)) {
                position += 2; // the usual way to write it: no need to look twice
                this.#quote = next;
                this.#flags = 0;
                mark = position;
                at = value;
              }
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
              position++;
              const failed = nesting.started(buffer, position, false);
              if (failed !== undefined) return failed;
              at = nesting.depth > 0 ? text : between;
              if (at === between) {
                base = nesting.base;
                end = this.#length;
                if (nesting.stopped) break scanning;
              }
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
          position++;
          const failed = nesting.started(buffer, position, true);
          if (failed !== undefined) return failed;
          at = nesting.depth > 0 ? text : between;
          if (at === between) {
            base = nesting.base;
            end = this.#length;
            if (nesting.stopped) break scanning;
          }
          continue scanning;
        }

        case less: {
          if (position >= end) break scanning;
          const c = buffer[position] as number;
          if (c === 0x2f && nesting.stage === open) {
            mark = ++position;
            at = close;
          } else if (c === 0x21) {
            position++;
            at = this.#begin(new Cdata(nesting.depth > 0), text);
          } else if (c === 0x3f) {
            if (!this.#mayDeclare) return wrong("xml-restricted", "a processing instruction", position - base); // RFC 6120 §11.1
            position++;
            this.#mayDeclare = false;
            at = this.#begin(new Declaration(), between);
          } else {
            if (nesting.depth >= this.#limits.xmlDepthMax) {
              return wrong("xml-too-deep", `level ${nesting.depth + 1}`, position - base);
            }
            this.#mayDeclare = false;
            mark = position;
            colon = -1;
            at = name;
          }
          continue scanning;
        }

        case close: {
          position = nesting.fits(buffer, mark, position, end);
          if (position - mark < nesting.size) {
            if (position >= end) break scanning;
            return unexpected(buffer[position] as number, "in an end tag that fits no start tag", position - base);
          }
          at = closed;
          continue scanning;
        }

        case closed:
          while (position < end) {
            const c = buffer[position] as number;
            position++;
            if (c === 0x3e) {
              nesting.ended(buffer, position);
              at = nesting.depth > 0 ? text : between;
              if (at === between) {
                base = nesting.base;
                end = this.#length;
                if (nesting.stopped) break scanning;
              }
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
            } else if (c === 0x3c && nesting.stage !== over) {
              base = position;
              nesting.base = position++;
              end = this.#limit(base);
              at = less;
              continue scanning;
            } else {
              return unexpected(c, nesting.where, 0);
            }
          }
          base = position;
          break scanning;

        case within: {
          const inset = this.#inset as Inset;
          const reached = inset.read(buffer, position, end, base);
          if (typeof reached !== "number") return reached;
          position = reached;
          if (!inset.done) break scanning;
          this.#inset = undefined;
          at = this.#after;
          if (at === between) {
            base = position;
            end = this.#length;
          }
          continue scanning;
        }
      }
    }

    this.position = position;
    this.#at = at;
    this.#mark = mark;
    this.#colon = colon;
    nesting.base = base;
    if (this.#length > end) return wrong("xml-stanza-too-big", `more than ${end - base} bytes`, end - base); // RFC 6120 §13.12
    return undefined;
  }

  #begin(inset: Inset, after: number): number {
    this.#inset = inset;
    this.#after = after;
    return within;
  }
}
