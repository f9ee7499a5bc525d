import { bidiRuns, joiningRuns, kindRuns, viramaRuns } from "./precis-tables.ts";

/** Unpacks runs (a length in base 36, a letter) into a function from code point to letter. */
function lookup(runs: string): (point: number) => string {
  const ends: number[] = [];
  const letters: string[] = [];
  let end = 0;
  for (const [, length = "", letter = ""] of runs.matchAll(/([0-9a-z]+)([A-Z])/g)) {
    end += Number.parseInt(length, 36);
    ends.push(end);
    letters.push(letter);
  }
  const sorted = Uint32Array.from(ends);
  return (point) => {
    let low = 0;
    let high = sorted.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (point < (sorted[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return letters[low] ?? "";
  };
}

/**
 * What a code point may be (RFC 8264 §8, RFC 5892 §3): V valid everywhere, P valid in names but not in domains, F free text
 * only, J and O by context, D never, U not assigned.
 */
export const kindOf = lookup(kindRuns);

/** Bidi_Class of what may stand in names: L, R, A (AL), N (AN), E (EN), M (NSM), O (ES, CS, ET, ON, BN), X none of these. */
export const bidiOf = lookup(bidiRuns);

/** Joining_Type of what may stand in names: L, D, R, T, or U. */
export const joiningOf = lookup(joiningRuns);

/** Canonical combining class: V virama, N any other. */
export const viramaOf = lookup(viramaRuns);
