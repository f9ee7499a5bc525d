/**
 * Which type to answer with, by the Accept header (RFC 3261 §20.1): the first of `offered`, in our order, that the other
 * side takes. `accept` holds the header's values, split at commas; empty when there is no Accept header, which means the
 * package's default, the first of `offered` (RFC 6665 §5.4.5). Undefined: nothing fits, answer 406.
 *
 * Their order and q decide nothing but "q=0", never: Microsoft's clients always name PIDF last (2.1).
 */
export function chosenType(accept: readonly string[], offered: readonly string[]): string | undefined {
  if (accept.length === 0) return offered[0];
  const ranges = accept.map(mediaRange);
  return offered.find((type) => takes(ranges, type));
}

/** Whether the other side named a type itself: an Accept header that is absent or only has wildcards does not. */
export function namesType(accept: readonly string[], type: string): boolean {
  return accept.map(mediaRange).some((range) => range.type === type && !range.never);
}

/** What a watcher of presence can be sent, best first (2.1). */
export const presenceTypes: readonly string[] = ["application/pidf+xml", "application/xpidf+xml"];

/** What a watcher of presence.winfo can be sent (RFC 3857 §4.5). */
export const watcherInfoTypes: readonly string[] = ["application/watcherinfo+xml"];

type MediaRange = { readonly type: string; readonly never: boolean };

function mediaRange(value: string): MediaRange {
  const [type = "", ...parameters] = value.split(";");
  const q = parameters.map((each) => each.replace(/\s/g, "").toLowerCase()).find((each) => each.startsWith("q="));
  return { type: type.replace(/\s/g, "").toLowerCase(), never: q !== undefined && Number(q.slice(2)) === 0 };
}

// RFC 2616 §14.1: the most specific range that fits decides
function takes(ranges: readonly MediaRange[], type: string): boolean {
  const [family = ""] = type.split("/", 1);
  for (const name of [type, `${family}/*`, "*/*"]) {
    const fitting = ranges.filter((range) => range.type === name);
    if (fitting.length > 0) return fitting.some((range) => !range.never);
  }
  return false;
}
