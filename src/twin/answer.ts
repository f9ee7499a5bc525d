import { readAddress } from "./address-text.ts";
import type { Dialog } from "./dialog.ts";
import type { Profile } from "./profile.ts";
import type { Quirks } from "./quirk.ts";
import { type HeaderLine, lineOf, linesOf, type WireMessage, writeWire } from "./wire-message.ts";

/** What is answered, beside what every response copies from its request. */
export type Answer = {
  readonly status: number;
  /** The dialog it opens or belongs to: its tag, and where it opens one, its routes and Contact. */
  readonly dialog?: Dialog | undefined;
  readonly contact?: string | undefined;
  /** ms-diagnostics: id and reason. */
  readonly diagnostics?: readonly [number, string] | undefined;
  readonly headers?: readonly HeaderLine[];
  readonly contentType?: string;
  readonly body?: string;
};

const reasons: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  415: "Unsupported Media Type",
  420: "Bad Extension",
  423: "Interval Too Brief",
  480: "Temporarily Unavailable",
  481: "Call Leg/Transaction Does Not Exist",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  489: "Bad Event",
  500: "Server Internal Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Server Time-out",
  603: "Decline",
  606: "Not Acceptable",
};

/** How a response is written; `tag` is for those that belong to no dialog. */
export type AnswerStyle = { readonly profile: Profile; readonly host: string; readonly tag: string };

/** A response as RFC 3261 §8.2.6 says, in the profile's ways: its start line and its headers. */
export function answerLines(
  request: WireMessage,
  answer: Answer,
  how: AnswerStyle,
): readonly [string, readonly HeaderLine[]] {
  const { status, dialog, contact, diagnostics } = answer;
  const to = lineOf(request, "to");
  const tagged = status === 100 || readAddress(to).parameters.has("tag");
  const epid = dialog === undefined || !how.profile.microsoft ? "" : `;epid=${dialog.persona.epid}`;
  const lines: HeaderLine[] = [
    ...linesOf(request, "via").map((via) => ["Via", via] as const),
    // The pool is nearer to the person than the edge, and stands first in a response.
    ...(contact === undefined ? [] : (dialog?.ownRoutes ?? []))
      .toReversed()
      .map((route) => ["Record-Route", route] as const),
    ...(contact === undefined ? [] : linesOf(request, "record-route")).map((line) => ["Record-Route", line] as const),
    ["From", lineOf(request, "from")],
    ["To", tagged ? to : `${to};tag=${dialog?.localTag ?? how.tag}${epid}`],
    ["Call-ID", lineOf(request, "call-id")],
    ["CSeq", lineOf(request, "cseq")],
    ...(contact === undefined ? [] : [["Contact", contact] as const]),
    ["Server", how.profile.server],
    ...(answer.headers ?? []),
  ];
  if (diagnostics !== undefined && how.profile.microsoft) {
    lines.push(["ms-diagnostics", `${diagnostics[0]};reason="${diagnostics[1]}";source="${how.host}"`]);
  }
  if (answer.contentType !== undefined) lines.push(["Content-Type", answer.contentType]);
  return [`SIP/2.0 ${status} ${reasons[status] ?? "Status"}`, lines];
}

/** Writes a response with the edge's quirks. */
export function writeAnswer(
  request: WireMessage,
  answer: Answer,
  how: AnswerStyle & { readonly quirks: Quirks },
): Buffer {
  const [start, lines] = answerLines(request, answer, how);
  return writeResponse(start, lines, Buffer.from(answer.body ?? ""), how.quirks);
}

/** Writes the lines of a response with the edge's quirks. */
export function writeResponse(start: string, lines: readonly HeaderLine[], body: Uint8Array, quirks: Quirks): Buffer {
  const isShouted = quirks["upper-case"] !== 0;
  return writeWire(start, isShouted ? lines.map(([name, value]) => [name.toUpperCase(), value] as const) : lines, body);
}
