import { bidiOf, joiningOf, kindOf, viramaOf } from "./precis-properties.ts";

const ZWNJ = 0x200c;
const greek = /\p{Script=Greek}/u;
const hebrew = /\p{Script=Hebrew}/u;
const kanaOrHan = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** The code points of a text. */
export function pointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/**
 * The first code point of a text that its class of strings does not hold, undefined when all are good. `allowed` holds the
 * letters of `kindOf` that need no context; J and O are judged by their rules.
 */
export function firstBad(points: readonly number[], allowed: string): number | undefined {
  return points.find((point, at) => {
    const kind = kindOf(point);
    if (allowed.includes(kind)) return false;
    return !((kind === "J" && joinerFits(points, at)) || (kind === "O" && contextFits(points, at)));
  });
}

/** RFC 5892 §A.1 and §A.2: zero-width (non-)joiners, where the script needs them. */
function joinerFits(points: readonly number[], at: number): boolean {
  if (at > 0 && viramaOf(points[at - 1] ?? 0) === "V") return true;
  if (points[at] !== ZWNJ) return false;
  const types = points.map(joiningOf);
  const before = types.slice(0, at).findLast((type) => type !== "T");
  const after = types.slice(at + 1).find((type) => type !== "T");
  return (before === "L" || before === "D") && (after === "R" || after === "D");
}

/** RFC 5892 §A.3 to §A.9. */
function contextFits(points: readonly number[], at: number): boolean {
  const point = points[at] ?? 0;
  const is = (script: RegExp, neighbour: number | undefined) =>
    neighbour !== undefined && script.test(String.fromCodePoint(neighbour));
  switch (point) {
    case 0xb7: // MIDDLE DOT, between two l
      return points[at - 1] === 0x6c && points[at + 1] === 0x6c;
    case 0x375: // GREEK LOWER NUMERAL SIGN
      return is(greek, points[at + 1]);
    case 0x5f3: // HEBREW GERESH and GERSHAYIM
    case 0x5f4:
      return is(hebrew, points[at - 1]);
    case 0x30fb: // KATAKANA MIDDLE DOT
      return points.some((other) => other !== point && is(kanaOrHan, other));
    default: {
      // The two sets of Arabic-Indic digits do not mix.
      const others = point < 0x6f0 ? 0x6f0 : 0x660;
      return !points.some((other) => other >= others && other <= others + 9);
    }
  }
}

/** Whether a text has right-to-left code points, so that the Bidi rule applies (RFC 5893 §1.4). */
export function isRightToLeft(points: readonly number[]): boolean {
  return points.some((point) => "RAN".includes(bidiOf(point)));
}

/** The Bidi rule (RFC 5893 §2), its six conditions as two shapes. Letters as of `bidiOf`. */
export function bidiFits(points: readonly number[]): boolean {
  const classes = points.map(bidiOf).join("");
  if (/^[RA]/.test(classes)) return /^[RANEOM]*[RAEN]M*$/.test(classes) && !/N.*E|E.*N/.test(classes);
  return /^L[LEOM]*$/.test(classes) && /[LE]M*$/.test(classes);
}
