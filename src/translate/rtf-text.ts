import { charsetPages, decoderOf } from "./code-pages.ts";

/** Destinations whose text is not for people: fonts, colours, pictures, what a field is made from. */
const hiddenDestinations = new Set(
  (
    "fonttbl colortbl stylesheet info pict object fldinst filetbl listtable listoverridetable revtbl rsidtbl generator themedata " +
    "colorschememapping latentstyles datastore xmlnstbl header headerl headerr headerf footer footerl footerr footerf footnote " +
    "annotation comment nonshppict template private operator"
  ).split(" "),
);

/** Control words that are text. */
const spoken: Readonly<Record<string, string>> = {
  par: "\n",
  line: "\n",
  sect: "\n",
  page: "\n",
  row: "\n",
  cell: "\t",
  tab: "\t",
  emdash: "—",
  endash: "–",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  bullet: "•",
  emspace: "\u2003",
  enspace: "\u2002",
};

const groupsMax = 64;

/**
 * The text of an RTF body as Communicator's kin write it (sip-wire 3.3, I-10); undefined when it is no RTF, or nested deeper
 * than anybody writes. Pictures, objects and hidden text are left out. One pass, no more text than there was.
 */
export function textOfRtf(bytes: Uint8Array): string | undefined {
  const rtf = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").trimStart();
  return rtf.startsWith("{\\rtf") ? new Reader(rtf).whole() : undefined;
}

/** What holds in a group, and again in the one around it when it ends. */
type Group = { hidden: boolean; veiled: boolean; page: number; unicodeSkip: number; fonts: boolean };

const controlForm = /\\(?:([A-Za-z]{1,32})(-?\d{1,10})? ?|'([0-9A-Fa-f]{2})|([\s\S]))/y;
const plainForm = /[^\\{}\r\n]+/y;

class Reader {
  readonly #rtf: string;
  #at = 0;
  readonly #outer: Group[] = [];
  #group: Group = { hidden: false, veiled: false, page: 1252, unicodeSkip: 1, fonts: false };
  /** Set by "{" and "\*": what follows may name a destination. */
  #opening = false;
  #optional = false;
  /** Characters still to be passed over behind a \u, which they stand for in old readers. */
  #skip = 0;
  #documentPage = 1252;
  readonly #fontPages = new Map<number, number>();
  #font = 0;
  #text = "";
  /** Bytes in the group's code page, as Latin 1; a character may be more than one of them. */
  #run = "";
  #runPage = 1252;

  constructor(rtf: string) {
    this.#rtf = rtf;
  }

  whole(): string | undefined {
    while (this.#at < this.#rtf.length) {
      const code = this.#rtf.charCodeAt(this.#at);
      if (code === 0x7b) {
        if (this.#outer.length >= groupsMax) return undefined;
        this.#outer.push(this.#group);
        this.#group = { ...this.#group };
        this.#opening = true;
        this.#skip = 0;
        this.#at++;
      } else if (code === 0x7d) {
        this.#at++;
        this.#skip = 0;
        const group = this.#outer.pop();
        if (group === undefined || this.#outer.length === 0) break;
        this.#group = group;
      } else if (code === 0x5c) this.#control();
      else this.#plain();
    }
    this.#flush();
    return this.#text.toWellFormed().replace(/\n+$/, "");
  }

  #plain(): void {
    plainForm.lastIndex = this.#at;
    const piece = plainForm.exec(this.#rtf)?.[0];
    if (piece === undefined) {
      this.#at++; // a line end, which means nothing
      return;
    }
    this.#at += piece.length;
    this.#opening = false;
    const over = Math.min(this.#skip, piece.length);
    this.#skip -= over;
    this.#bytes(over === 0 ? piece : piece.slice(over));
  }

  #control(): void {
    controlForm.lastIndex = this.#at;
    const match = controlForm.exec(this.#rtf);
    if (match === null) {
      this.#at = this.#rtf.length; // a backslash at the very end
      return;
    }
    this.#at = controlForm.lastIndex;
    const [, word, number, byte, symbol] = match;
    if (word !== undefined) this.#word(word, number === undefined ? undefined : Number(number));
    else if (byte !== undefined) this.#character(String.fromCharCode(Number.parseInt(byte, 16)));
    else this.#symbol(symbol ?? "");
  }

  #symbol(symbol: string): void {
    if (symbol === "*") {
      this.#optional = this.#opening;
      return;
    }
    this.#opening = false;
    if (symbol === "\n" || symbol === "\r") this.#say("\n");
    else if (symbol === "~") this.#say("\u00a0");
    else if (symbol === "_") this.#say("-");
    else if (symbol === "\\" || symbol === "{" || symbol === "}") this.#character(symbol);
  }

  #word(word: string, number: number | undefined): void {
    const opening = this.#opening;
    this.#opening = false;
    if (word === "bin") {
      // RTF 1.9 \binN: that many bytes of anything.
      this.#at += Math.max(0, number ?? 0);
      return;
    }
    if (opening && (this.#optional || hiddenDestinations.has(word))) this.#group.hidden = true;
    this.#optional = false;
    if (word === "fonttbl") this.#group.fonts = true;
    const spokenWord = Object.hasOwn(spoken, word) ? spoken[word] : undefined;
    if (spokenWord !== undefined) this.#say(spokenWord);
    else this.#set(word, number);
  }

  #set(word: string, number: number | undefined): void {
    const group = this.#group;
    switch (word) {
      case "u":
        this.#unicode(number ?? 0);
        return;
      case "uc":
        group.unicodeSkip = Math.min(Math.max(number ?? 1, 0), 8);
        return;
      case "ansicpg":
        this.#documentPage = number ?? 1252;
        group.page = this.#documentPage;
        return;
      case "f":
        this.#font = number ?? 0;
        if (!group.fonts) group.page = this.#fontPages.get(this.#font) ?? this.#documentPage;
        return;
      case "fcharset":
        if (group.fonts && this.#fontPages.size < 1000) {
          this.#fontPages.set(this.#font, charsetPages[number ?? 0] ?? this.#documentPage);
        }
        return;
      case "plain":
        group.veiled = false;
        group.page = this.#documentPage;
        return;
      case "v":
        // RTF 1.9 \v: hidden text, until \v0.
        group.veiled = number !== 0;
    }
  }

  /** RTF 1.9 \uN: a UTF-16 unit, written as a signed number. */
  #unicode(number: number): void {
    if (this.#shown) {
      this.#flush();
      this.#text += String.fromCharCode(number & 0xffff);
    }
    this.#skip = this.#group.unicodeSkip;
  }

  get #shown(): boolean {
    return !this.#group.hidden && !this.#group.veiled;
  }

  /** One character written as an escape. */
  #character(character: string): void {
    this.#opening = false;
    if (this.#skip > 0) this.#skip--;
    else this.#bytes(character);
  }

  #bytes(bytes: string): void {
    if (bytes === "" || !this.#shown) return;
    if (this.#runPage !== this.#group.page) this.#flush();
    this.#runPage = this.#group.page;
    this.#run += bytes;
  }

  #say(text: string): void {
    if (this.#skip > 0) {
      this.#skip--;
      return;
    }
    if (!this.#shown) return;
    this.#flush();
    this.#text += text;
  }

  #flush(): void {
    if (this.#run === "") return;
    this.#text += /^[\0-\x7f]*$/.test(this.#run)
      ? this.#run
      : decoderOf(this.#runPage).decode(Buffer.from(this.#run, "latin1"));
    this.#run = "";
  }
}
