import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import { elements, textOf } from "../xml/element.ts";
import { documentLimits, type ImLimits } from "./imdn.ts";

/** How a Microsoft server says later what became of a text it has answered with 202 (sip-wire 3.5, [MS-CONFIM]). */
export const msImdnType = "application/ms-imdn+xml";

export type MsImdn = {
  /** As the Message-Id of that 202. */
  readonly messageId: string;
  /** A SIP status: under 300 it arrived. */
  readonly status: number;
};

/** Names no recipient, or no status of one: it did not arrive, and nobody knows why. */
const unknown = 480;

/** Reads such a document, of the worst that became of a recipient. Fails with sip-malformed or a fault of readDocument. */
export function readMsImdn(bytes: Uint8Array, limits: ImLimits): Result<MsImdn> {
  const document = readDocument(bytes, documentLimits(limits));
  if (!document.ok) return document;
  const named = (inside: (typeof document)["value"], name: string) =>
    elements(inside).filter((each) => each.name === name);
  const messageId = textOf(named(document.value, "message-id")[0]).trim();
  if (document.value.name !== "imdn" || messageId === "") return no(fault("sip-malformed", "no ms-imdn document"));
  const statuses = named(document.value, "recipient").map((each) => Number(textOf(named(each, "status")[0]).trim()));
  const status = Math.max(...statuses.map((each) => (each >= 100 && each < 700 ? each : unknown)));
  return ok({ messageId, status: statuses.length === 0 ? unknown : status });
}
