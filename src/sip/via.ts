import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterIn, afterSpaceIn, codesOf, isToken } from "./characters.ts";
import { readHostPort } from "./host.ts";
import { KnownWords } from "./known-words.ts";
import { firstOfList } from "./list-values.ts";
import { type Parameter, type ParameterPlace, readParameterIn, readParameters, valueAt } from "./parameters.ts";

/** One Via value (RFC 3261 §20.42): a hop the request went over. */
export type Via = {
  /** "SIP/2.0" */
  readonly protocol: string;
  /** "UDP", "TCP", "TLS", "WS", "WSS", or one nobody here knows; upper case. */
  readonly transport: string;
  /** Lower case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Undefined when there is none: an element of RFC 2543 (R1). */
  readonly branch: string | undefined;
  /** It has an rport, with or without a value (RFC 3581 §3). */
  readonly asksPort: boolean;
  /** The place in the text behind its rport, where that stands once, without a value; -1 otherwise. */
  readonly rportEnd: number;
  /** It has a received. */
  readonly hasReceived: boolean;
  /** Read anew each time it is asked for. */
  readonly parameters: readonly Parameter[];
  /** The whole value as written. */
  readonly text: string;
};

/** Reads one Via value; white space may stand around "/" and ":". Fails with sip-malformed. */
export function parseVia(text: string): Result<Via> {
  return readViaIn(codesOf(text), text, 0, text.length);
}

/** Reads the first Via value of the part of a text from `at` to `end`, whose characters are `codes`. */
export function readFirstViaIn(codes: Uint8Array, text: string, at: number, end: number): Result<Via> {
  let position = at;
  while (position < end && codes[position] !== 0x2c) position++;
  if (position === end) return readViaIn(codes, text, at, end);
  const first = firstOfList(text.slice(at, end));
  return parseVia(first);
}

function readViaIn(codes: Uint8Array, text: string, at: number, end: number): Result<Via> {
  let protocol = "SIP/2.0";
  let from = at + 8;
  if (!isSip2(codes, at, end)) {
    const name = afterPart(codes, at, end);
    const version = name < 0 ? -1 : afterPart(codes, name, end);
    if (version < 0) return no(malformed("a Via without protocol and transport"));
    protocol = text
      .slice(at, version - 1)
      .replace(/[ \t]/g, "")
      .toUpperCase();
    from = version;
  }
  from = afterSpaceIn(codes, from, end);
  const to = afterIn(codes, from, end, isToken);
  const start = afterSpaceIn(codes, to, end);
  if (to === from || start === to) return no(malformed("a Via without transport or host"));
  const place = readHostPort(codes, text, start, end, true);
  if (place === undefined) return no(malformed("a Via whose host or port is none"));
  const via = new ViaValue(text.slice(at, end), place.end - at);
  via.protocol = protocol;
  via.transport = transports.find(codes, text, from, to) ?? upperIn(codes, text, from, to);
  via.host = place.host;
  via.port = place.port;
  for (let next = afterSpaceIn(codes, place.end, end); next < end; ) {
    next = readParameterIn(codes, text, next, end, one);
    if (next < 0) return no(malformed(one.name));
    if (one.name === "branch") via.branch ??= valueAt(one, text) ?? "";
    else if (one.name === "rport") {
      const isPlain = !via.asksPort && one.from < 0 && (codes[next - 1] as number) > 0x20;
      via.rportEnd = isPlain ? next - at : -1;
      via.asksPort = true;
    } else if (one.name === "received") via.hasReceived = true;
  }
  return ok(via);
}

const transports = new KnownWords(["UDP", "TCP", "TLS", "WS", "WSS"]);
const one: ParameterPlace = { name: "", from: -1, to: -1, isQuoted: false };

/** Every message has one, and its parameters but a few are nobody's business. */
class ViaValue implements Via {
  protocol = "";
  transport = "";
  host = "";
  port: number | undefined = undefined;
  branch: string | undefined = undefined;
  asksPort = false;
  rportEnd = -1;
  hasReceived = false;
  readonly text: string;
  readonly #parametersAt: number;

  constructor(text: string, parametersAt: number) {
    this.text = text;
    this.#parametersAt = parametersAt;
  }

  get parameters(): readonly Parameter[] {
    const read = readParameters(this.text, this.#parametersAt);
    return read.ok ? read.value : [];
  }
}

/** "SIP/2.0/", as nearly all write it. */
function isSip2(codes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 8 <= end &&
    codes[at] === 0x53 &&
    codes[at + 1] === 0x49 &&
    codes[at + 2] === 0x50 &&
    codes[at + 3] === 0x2f &&
    codes[at + 4] === 0x32 &&
    codes[at + 5] === 0x2e &&
    codes[at + 6] === 0x30 &&
    codes[at + 7] === 0x2f
  );
}

/** The place behind a token and its slash, with white space around either; -1 when there is none. */
function afterPart(codes: Uint8Array, at: number, end: number): number {
  const from = afterSpaceIn(codes, at, end);
  const to = afterIn(codes, from, end, isToken);
  const slash = afterSpaceIn(codes, to, end);
  return to === from || slash === end || codes[slash] !== 0x2f ? -1 : slash + 1;
}

/** A part of a text in upper case. */
function upperIn(codes: Uint8Array, text: string, from: number, to: number): string {
  const part = text.slice(from, to);
  for (let at = from; at < to; at++) if ((codes[at] as number) >= 0x61) return part.toUpperCase();
  return part;
}

function malformed(detail: string): Fault {
  return fault("sip-malformed", detail);
}
