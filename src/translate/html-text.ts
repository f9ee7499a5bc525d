import { withoutEntities } from "./html-entities.ts";

/** Elements that begin and end a line. */
const blocks = new Set(
  (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
    "h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol optgroup option p pre section summary table tbody tfoot thead tr ul"
  ).split(" "),
);

/** Elements whose content is no text for people, or not to be shown (HTML §13.1.2): skipped to their end tag. */
const skipped = new Set(
  "applet audio canvas frameset iframe math noembed noframes object script style svg template textarea title video xmp".split(
    " ",
  ),
);

/** What a link may lead to, to be written out beside its words. */
const linkForm = /^(?:https?:\/\/|mailto:)[^\s\p{Cc}]+$/iu;

/**
 * The text of an HTML body, as a person would read it: nothing is run, fetched or kept of the markup. Lines and list items stay
 * lines, white space is one space but in <pre>, a picture is its `alt`, and a link that says something else than where it leads
 * has its address behind it. Any bytes are HTML to this; one pass, no more text than there was.
 */
export function textOfHtml(html: string): string {
  const flat = new Flat();
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    const end = open < 0 ? html.length : open;
    if (end > at) flat.text(withoutEntities(html.slice(at, end)));
    if (open < 0) break;
    at = afterMarkup(html, open, flat);
  }
  return flat.whole();
}

/** Reads what starts with "<" and answers where it ends. What never ends takes the rest with it (HTML §13.2.5, EOF in tag). */
function afterMarkup(html: string, open: number, flat: Flat): number {
  const code = html.charCodeAt(open + 1);
  if (code === 0x21) return afterDeclaration(html, open);
  if (code === 0x3f) return behind(html, ">", open);
  const closing = code === 0x2f;
  nameForm.lastIndex = closing ? open + 2 : open + 1;
  const name = nameForm.exec(html)?.[0].toLowerCase();
  if (name === undefined) {
    if (closing) return behind(html, ">", open); // HTML §13.2.5.7: a bogus comment
    flat.text("<");
    return open + 1;
  }
  if (closing) {
    const end = behind(html, ">", nameForm.lastIndex);
    flat.close(name);
    return end;
  }
  const tag = readTag(html, nameForm.lastIndex);
  if (tag === undefined) return html.length;
  if (skipped.has(name) && !tag.empty) {
    const ending = new RegExp(`</${name}(?=[\\s/>])`, "gi");
    ending.lastIndex = tag.end;
    return ending.exec(html) === null ? html.length : behind(html, ">", ending.lastIndex);
  }
  flat.open(name, tag.attributes);
  return tag.end;
}

const nameForm = /[A-Za-z][A-Za-z0-9:-]*/y;

function afterDeclaration(html: string, open: number): number {
  if (html.startsWith("<!--", open)) return html.startsWith("<!-->", open) ? open + 5 : behind(html, "-->", open + 4);
  return html.startsWith("<![CDATA[", open) ? behind(html, "]]>", open) : behind(html, ">", open);
}

function behind(html: string, what: string, from: number): number {
  const at = html.indexOf(what, from);
  return at < 0 ? html.length : at + what.length;
}

type Tag = { readonly attributes: ReadonlyMap<string, string>; readonly empty: boolean; readonly end: number };

const attributeForm =
  /[\s/]*(?:([^\s/>=][^\s/>=]{0,63})[^\s/>=]*(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*))?)?|=)/y;

/** The attributes from behind a tag's name on; undefined when the tag does not end. */
function readTag(html: string, from: number): Tag | undefined {
  const attributes = new Map<string, string>();
  let at = from;
  for (;;) {
    attributeForm.lastIndex = at;
    const match = attributeForm.exec(html);
    if (match === null) break;
    const name = match[1]?.toLowerCase();
    if (name !== undefined && !attributes.has(name)) attributes.set(name, match[2] ?? match[3] ?? match[4] ?? "");
    at = attributeForm.lastIndex;
  }
  const close = html.indexOf(">", at);
  if (close < 0) return undefined;
  return { attributes, empty: html.charCodeAt(close - 1) === 0x2f, end: close + 1 };
}

/** Text as it grows, with the space and line ends that are due before more of it. */
class Flat {
  #text = "";
  #space = false;
  #lines = 0;
  #preformatted = 0;
  /** What stands before the next text of a list. */
  #mark = "";
  #link: { readonly to: string; words: string } | undefined;

  text(piece: string): void {
    if (this.#preformatted > 0) {
      if (piece !== "") this.#add(piece);
      return;
    }
    const words = piece.replace(/[ \t\r\n\f]+/g, " ");
    const from = words.startsWith(" ") ? 1 : 0;
    if (from === 1) this.#space = true;
    if (words.length <= from) return;
    const ends = words.endsWith(" ");
    this.#add(words.slice(from, ends ? -1 : undefined));
    this.#space = ends;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === "br") this.#lines++;
    else if (blocks.has(name)) this.#line();
    if (name === "pre") this.#preformatted++;
    else if (name === "li") this.#mark = "- ";
    else if (name === "td" || name === "th") this.#space = true;
    else if (name === "img") this.text(withoutEntities(attributes.get("alt") ?? ""));
    else if (name === "a") {
      const to = withoutEntities(attributes.get("href") ?? "").trim();
      this.#link = linkForm.test(to) ? { to, words: "" } : undefined;
    }
  }

  close(name: string): void {
    if (name === "a") this.#endLink();
    if (name === "pre" && this.#preformatted > 0) this.#preformatted--;
    if (blocks.has(name)) this.#line();
  }

  whole(): string {
    this.#endLink();
    return this.#text.trimEnd();
  }

  #endLink(): void {
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    const words = link.words.trim();
    const bare = link.to.replace(/^mailto:/i, "");
    if (words === link.to || words === bare || `${words}/` === bare) return;
    this.text(words === "" ? bare : ` (${bare})`);
  }

  #line(): void {
    this.#lines = Math.max(this.#lines, 1);
  }

  #add(piece: string): void {
    if (this.#text !== "") {
      if (this.#lines > 0) this.#text += "\n".repeat(this.#lines);
      else if (this.#space) this.#text += " ";
    }
    if (this.#link !== undefined) this.#link.words += this.#space ? ` ${piece}` : piece;
    this.#lines = 0;
    this.#space = false;
    this.#text += this.#mark + piece;
    this.#mark = "";
  }
}
