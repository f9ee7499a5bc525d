import { type Fault, fault, rowOf, wordsFor } from "../base/fault.ts";
import { type Element, elements, textOf } from "../xml/element.ts";
import { escapeXml } from "../xml/writer.ts";
import { ns } from "./ns.ts";

/**
 * The <stream:error/> that says why we end a stream (RFC 6120 §4.9.2); our header must have been sent and `</stream:stream>`
 * follows. A fault that has no stream condition of its own is an undefined-condition.
 */
export function streamErrorText(failure: Fault): string {
  const condition = rowOf(failure.code).stream ?? "undefined-condition";
  return (
    `<stream:error><${condition} xmlns='${ns.streams}'/>` +
    `<text xmlns='${ns.streams}' xml:lang='en'>${escapeXml(wordsFor(failure))}</text></stream:error>`
  );
}

export function isStreamError(element: Element): boolean {
  return element.name === "error" && element.ns === ns.stream;
}

/** What a peer's stream error says. */
export type StreamError = {
  /** As the peer wrote it, known or not; "undefined-condition" when it named none. */
  readonly condition: string;
  /** The peer's words, empty when there are none. */
  readonly text: string;
  /** Where to go instead, with see-other-host (RFC 6120 §4.9.3.19); not checked. */
  readonly otherHost: string;
};

/** Reads a peer's <stream:error/>. Old peers put words straight into it. */
export function readStreamError(element: Element): StreamError {
  const inside = elements(element).filter((each) => each.ns === ns.streams);
  const named = inside.find((each) => each.name !== "text");
  return {
    condition: named?.name ?? "undefined-condition",
    text: (textOf(inside.find((each) => each.name === "text")) || textOf(element)).trim(),
    otherHost: named?.name === "see-other-host" ? textOf(named).trim() : "",
  };
}

/** A foreign server's stream error as our fault, remote-stream-error. */
export function remoteStreamError(element: Element): Fault {
  const { condition, text } = readStreamError(element);
  return fault("remote-stream-error", text === "" ? condition : `${condition}: ${text}`);
}
