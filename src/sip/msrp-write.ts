import { utf8 } from "../base/bytes.ts";
import type { MsrpFlag, MsrpHead } from "./msrp-head.ts";

/** RFC 4975 §10: what each status is called. */
const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  408: "Timeout",
  413: "Stop Sending",
  415: "Unsupported Media Type",
  423: "Out of Bounds",
  481: "No Such Session",
  501: "Unknown Method",
  506: "Session In Use",
};

export type SendParts = {
  readonly transaction: string;
  /** URIs with one space between them. */
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  /** "1-25/25" */
  readonly range: string;
  readonly successReport: boolean;
  /** Undefined: none, and no body either. */
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  readonly flag: MsrpFlag;
};

/** A SEND (RFC 4975 §7.1). Its end line must not stand in the body: see `endsIn`. */
export function sendFrame(parts: SendParts): Buffer {
  const head =
    `MSRP ${parts.transaction} SEND\r\nTo-Path: ${parts.toPath}\r\nFrom-Path: ${parts.fromPath}\r\n` +
    `Message-ID: ${parts.messageId}\r\n${parts.successReport ? "Success-Report: yes\r\n" : ""}` +
    `Byte-Range: ${parts.range}\r\n`;
  const end = `-------${parts.transaction}${parts.flag}\r\n`;
  if (parts.contentType === undefined) return utf8(head + end);
  return Buffer.concat([utf8(`${head}Content-Type: ${parts.contentType}\r\n\r\n`), parts.body, utf8(`\r\n${end}`)]);
}

/** Whether a body has what would end a chunk of that transaction (RFC 4975 §7.1: then another identifier is chosen). */
export function endsIn(body: Buffer, transaction: string): boolean {
  return body.includes(`-------${transaction}`);
}

/** The answer to a SEND: it goes to the nearest hop alone (RFC 4975 §7.2). */
export function responseFrame(request: MsrpHead, status: number): Buffer {
  return utf8(
    `MSRP ${request.transaction} ${status} ${phrases[status] ?? "Failed"}\r\nTo-Path: ${request.fromPath[0]?.text ?? ""}\r\n` +
      `From-Path: ${request.toPath[0]?.text ?? ""}\r\n-------${request.transaction}$\r\n`,
  );
}

export type ReportParts = {
  readonly transaction: string;
  readonly toPath: string;
  readonly fromPath: string;
  readonly messageId: string;
  readonly range: string;
  readonly status: number;
};

/** What became of a message, said to its sender all the way (RFC 4975 §7.1.2); nobody answers it. */
export function reportFrame(parts: ReportParts): Buffer {
  return utf8(
    `MSRP ${parts.transaction} REPORT\r\nTo-Path: ${parts.toPath}\r\nFrom-Path: ${parts.fromPath}\r\n` +
      `Message-ID: ${parts.messageId}\r\nByte-Range: ${parts.range}\r\n` +
      `Status: 000 ${parts.status} ${phrases[parts.status] ?? "Failed"}\r\n-------${parts.transaction}$\r\n`,
  );
}
