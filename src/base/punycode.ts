/** Punycode (RFC 3492 §5): how a label with letters beyond ASCII is written in the DNS, without its "xn--". */
const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialPoint = 128;
const digits = "abcdefghijklmnopqrstuvwxyz0123456789";

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / damp) : delta >> 1;
  rest += Math.floor(rest / count);
  let bias = 0;
  for (; rest > ((base - tMin) * tMax) >> 1; bias += base) rest = Math.floor(rest / (base - tMin));
  return bias + Math.floor(((base - tMin + 1) * rest) / (rest + skew));
}

function threshold(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, tMin), tMax);
}

/** Code points as punycode (RFC 3492 §6.3). */
export function punycodeOf(points: readonly number[]): string {
  const basic = points.filter((point) => point < initialPoint);
  let text = basic.length === 0 ? "" : `${String.fromCodePoint(...basic)}-`;
  let next = initialPoint;
  let delta = 0;
  let bias = initialBias;
  let done = basic.length;
  while (done < points.length) {
    let lowest = Number.MAX_SAFE_INTEGER;
    for (const point of points) if (point >= next && point < lowest) lowest = point;
    delta += (lowest - next) * (done + 1);
    next = lowest;
    for (const point of points) {
      if (point < next) delta++;
      if (point !== next) continue;
      text += variable(delta, bias);
      bias = adapt(delta, done + 1, done === basic.length);
      delta = 0;
      done++;
    }
    delta++;
    next++;
  }
  return text;
}

/** One number as a generalised variable-length integer (RFC 3492 §3.3). */
function variable(value: number, bias: number): string {
  let text = "";
  let rest = value;
  for (let k = base; ; k += base) {
    const t = threshold(k, bias);
    if (rest < t) return text + digits.charAt(rest);
    text += digits.charAt(t + ((rest - t) % (base - t)));
    rest = Math.floor((rest - t) / (base - t));
  }
}

/** The code points of a punycode text in lower case (RFC 3492 §6.2). Undefined when it is none. */
export function pointsFromPunycode(text: string): number[] | undefined {
  const hyphen = text.lastIndexOf("-");
  const points = hyphen < 0 ? [] : Array.from(text.slice(0, hyphen), (character) => character.charCodeAt(0));
  let point = initialPoint;
  let bias = initialBias;
  let at = hyphen + 1;
  let index = 0;
  while (at < text.length) {
    const before = index;
    let weight = 1;
    for (let k = base; ; k += base) {
      const digit = at < text.length ? digits.indexOf(text.charAt(at++)) : -1;
      if (digit < 0) return undefined;
      index += digit * weight;
      if (index > 0x7fffffff) return undefined;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= base - t;
    }
    const count = points.length + 1;
    bias = adapt(index - before, count, before === 0);
    point += Math.floor(index / count);
    if (point > 0x10ffff) return undefined;
    index %= count;
    points.splice(index++, 0, point);
  }
  return points;
}
