import type { Fault } from "../base/fault.ts";
import { bytes as charts, isCdata, isCharacter, isName, isNameStart, isSpace } from "./characters.ts";
import { illegal, unexpected, wideAt, wrong } from "./complaint.ts";
import { declarationFault, declarationStart } from "./declaration.ts";

/**
 * What stands in the middle of something else and is seldom met: a reference, a CDATA section, the XML declaration. Each
 * remembers where it stands by itself, so that bytes may come in pieces.
 */
export interface Inset {
  /** It has ended; the position `read` answered is the first after it. */
  readonly done: boolean;
  /** Reads on from `position` and says how far it came. `base` is where the element around begins. */
  read(from: Buffer, position: number, end: number, base: number): number | Fault;
}

const predefined = ["amp", "lt", "gt", "quot", "apos"];

/** A reference, from after its '&' to its ';' (XML 1.0 §4.1). */
export class Reference implements Inset {
  done = false;
  #name = "";
  /** 10 or 16 in a character reference, once known. */
  #radix = 0;
  #digits = 0;
  #code = 0;

  read(from: Buffer, start: number, end: number, base: number): number | Fault {
    for (let position = start; position < end; position++) {
      const c = from[position] as number;
      if (this.#name === "#") {
        if (this.#radix === 0) {
          this.#radix = c === 0x78 ? 16 : 10;
          if (c === 0x78) continue;
        }
        if (c === 0x3b && this.#digits > 0) {
          if (!isCharacter(this.#code)) return illegal(this.#code, position - base); // §4.1, Legal Character
          this.done = true;
          return position + 1;
        }
        const digit = digitOf(c);
        if (digit >= this.#radix) return unexpected(c, "in a character reference", position - base);
        this.#code = Math.min(this.#code * this.#radix + digit, 0x110000);
        this.#digits = 1;
        continue;
      }
      if (c === 0x3b && this.#name !== "") {
        if (!predefined.includes(this.#name)) return undefinedEntity(position - base);
        this.done = true;
        return position + 1;
      }
      const chart = charts[c] as number;
      if (this.#name === "" ? c !== 0x23 && (chart & isNameStart) === 0 : (chart & isName) === 0) {
        return unexpected(c, "in a reference", position - base);
      }
      this.#name += String.fromCharCode(c);
      if (this.#name.length > 4) return undefinedEntity(position - base);
    }
    return end;
  }
}

const cdataStart = "[CDATA[";

/** A CDATA section, from after its '<!' (XML 1.0 §2.7). Comments and declarations begin like it and are refused. */
export class Cdata implements Inset {
  done = false;
  readonly #allowed: boolean;
  #matched = 0;
  #brackets = 0;

  constructor(allowed: boolean) {
    this.#allowed = allowed;
  }

  read(from: Buffer, start: number, end: number, base: number): number | Fault {
    let position = start;
    for (; this.#matched < cdataStart.length && position < end; position++, this.#matched++) {
      const c = from[position] as number;
      if (c === cdataStart.charCodeAt(this.#matched) && this.#allowed) continue;
      // RFC 6120 §11.1
      if (this.#matched === 0 && c === 0x2d) return wrong("xml-restricted", "a comment", position - base);
      if (this.#matched === 0 && ((charts[c] as number) & isNameStart) !== 0) {
        return wrong("xml-restricted", "a markup declaration", position - base);
      }
      return unexpected(c, "after '<!'", position - base);
    }
    while (position < end) {
      const c = from[position] as number;
      if (c === 0x5d) {
        this.#brackets++;
        position++;
        continue;
      }
      if (c === 0x3e && this.#brackets >= 2) {
        this.done = true;
        return position + 1;
      }
      if (c < 0x80) {
        if (((charts[c] as number) & isCdata) === 0) return illegal(c, position - base);
        position++;
      } else {
        const width = wideAt(from, position, end, base);
        if (typeof width !== "number") return width;
        if (width === 0) return position;
        position += width;
      }
      this.#brackets = 0;
    }
    return position;
  }
}

/** The XML declaration, from after its '<?'. A processing instruction begins like it and is refused. */
export class Declaration implements Inset {
  done = false;
  #text = "<?";

  read(from: Buffer, start: number, end: number, base: number): number | Fault {
    for (let position = start; position < end; position++) {
      const c = from[position] as number;
      const i = this.#text.length;
      const fits =
        i < declarationStart.length
          ? c === declarationStart.charCodeAt(i)
          : i > declarationStart.length || ((charts[c] as number) & isSpace) !== 0;
      if (!fits) return wrong("xml-restricted", "a processing instruction", position - base); // RFC 6120 §11.1
      this.#text += String.fromCharCode(c);
      if (c !== 0x3e) continue;
      const failed = declarationFault(this.#text);
      if (failed !== undefined) return failed;
      this.done = true;
      return position + 1;
    }
    return end;
  }
}

function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 16;
}

function undefinedEntity(at: number): Fault {
  return wrong("xml-restricted", "an entity that is not one of XML's own five", at); // RFC 6120 §11.1
}
