import { type Fault, fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type MsrpUri, parseMsrpPath } from "./msrp-uri.ts";

/** Which bytes of a message a chunk has, counted from 1 (RFC 4975 §7.1, Byte-Range); undefined: not known yet ("*"). */
export type ByteRange = { readonly from: number; readonly to: number | undefined; readonly total: number | undefined };

/** What stands behind a chunk's end line: more follows, that was all, or the rest will not come (RFC 4975 §7.1.1). */
export type MsrpFlag = "+" | "$" | "#";

/** Everything of a request or a response but its body (RFC 4975 §9). */
export type MsrpHead = {
  readonly transaction: string;
  /** "" for a response. */
  readonly method: string;
  /** 0 for a request. */
  readonly status: number;
  readonly toPath: readonly MsrpUri[];
  readonly fromPath: readonly MsrpUri[];
  readonly messageId: string | undefined;
  readonly range: ByteRange | undefined;
  readonly failureReport: "yes" | "no" | "partial";
  readonly successReport: boolean;
  /** What a REPORT says; 0 when it says nothing that is known. */
  readonly reported: number;
  /** Undefined: it carries no body. */
  readonly contentType: string | undefined;
  /** What else it says of its body, as "Name: value" lines, each ended with CRLF. */
  readonly contentHeaders: string;
};

export type MsrpLimits = Pick<Limits, "msrpHeadBytesMax" | "msrpPathUrisMax">;

/** RFC 4975 §9: ALPHANUM and 3 to 31 more. */
const identForm = /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/;
const startForm = /^MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (?:([A-Z]{1,32})|(\d{3})(?: .*)?)$/;
const rangeForm = /^(\d{1,15})-(\d{1,15}|\*)\/(\d{1,15}|\*)$/;
const headerForm = /^([A-Za-z][A-Za-z0-9.\-+%=]*): *(.*?) *$/;

export type MsrpStart = { readonly transaction: string; readonly method: string; readonly status: number };

/** Reads a start line; undefined when it is none. */
export function readMsrpStart(line: string): MsrpStart | undefined {
  const [, transaction = "", method = "", status = "0"] = startForm.exec(line) ?? [];
  return transaction === "" ? undefined : { transaction, method, status: Number(status) };
}

/** What could be told of a head that is not right: enough to answer 400, or nothing. */
export type BadMsrpHead = { readonly fault: Fault; readonly answerable: MsrpHead | undefined };

/**
 * Reads the header lines of a frame. To-Path and From-Path come first by RFC 4975 §7.2; senders that turn them round, as RFC
 * 7573's own examples do, are understood. Fails with sip-malformed.
 */
export function readMsrpHead(
  start: MsrpStart,
  lines: readonly string[],
  limits: MsrpLimits,
): { readonly ok: true; readonly value: MsrpHead } | ({ readonly ok: false } & BadMsrpHead) {
  const values = new Map<string, string>();
  let contentHeaders = "";
  let wrong: Fault | undefined;
  for (const line of lines) {
    const [, name = "", value = ""] = headerForm.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "" || value.includes("\0")) wrong ??= fault("sip-malformed", "not an MSRP header line");
    else if (values.has(key)) wrong ??= fault("sip-malformed", `${name.slice(0, 32)} stands twice`);
    else {
      values.set(key, value);
      if (key.startsWith("content-") && key !== "content-type") contentHeaders += `${name}: ${value}\r\n`;
    }
  }
  const toPath = parseMsrpPath(values.get("to-path") ?? "", limits.msrpPathUrisMax);
  const fromPath = parseMsrpPath(values.get("from-path") ?? "", limits.msrpPathUrisMax);
  if (!toPath.ok || !fromPath.ok) {
    return { ok: false, fault: wrong ?? fault("sip-malformed", "To-Path or From-Path"), answerable: undefined };
  }
  const range = readRange(values.get("byte-range"));
  if (!range.ok) wrong ??= range.fault;
  const failure = values.get("failure-report")?.toLowerCase() ?? "yes";
  if (failure !== "yes" && failure !== "no" && failure !== "partial")
    wrong ??= fault("sip-malformed", "Failure-Report");
  const messageId = values.get("message-id");
  if (messageId !== undefined && !identForm.test(messageId)) wrong ??= fault("sip-malformed", "Message-ID");
  if (start.method !== "" && start.method !== "AUTH" && messageId === undefined) {
    wrong ??= fault("sip-malformed", "no Message-ID");
  }
  const head: MsrpHead = {
    ...start,
    toPath: toPath.value,
    fromPath: fromPath.value,
    messageId,
    range: range.ok ? range.value : undefined,
    failureReport: failure === "no" || failure === "partial" ? failure : "yes",
    successReport: values.get("success-report")?.toLowerCase() === "yes",
    // RFC 4975 §9: namespace 000 is that of the status codes; others mean nothing to us.
    reported: Number(/^000 (\d{3})(?: |$)/.exec(values.get("status") ?? "")?.[1] ?? 0),
    contentType: values.get("content-type"),
    contentHeaders,
  };
  return wrong === undefined ? { ok: true, value: head } : { ok: false, fault: wrong, answerable: head };
}

function readRange(text: string | undefined): Result<ByteRange | undefined> {
  if (text === undefined) return ok(undefined);
  const [, from = "", to = "", total = ""] = rangeForm.exec(text) ?? [];
  const range = { from: Number(from), to: starred(to), total: starred(total) };
  // An empty chunk is written "1-0/0".
  const sound =
    from !== "" &&
    range.from >= 1 &&
    (range.to === undefined || range.to >= range.from - 1) &&
    (range.total === undefined || (range.to ?? range.from - 1) <= range.total);
  return sound ? ok(range) : no(fault("sip-malformed", "Byte-Range"));
}

function starred(text: string): number | undefined {
  return text === "*" ? undefined : Number(text);
}
