import { readDocument } from "../xml/document.ts";
import { elements } from "../xml/element.ts";
import type { SipContent } from "./content.ts";

/** The type of INFO that tells typing between Microsoft's clients (sip-wire 3.4). */
export const keyboardActivityType = "application/xml";

const limits = { bytesMax: 4_096, depthMax: 4, attributesMax: 8 };

/** Whether somebody writes; undefined for anything else that such an INFO may carry, which means nothing. */
export function readKeyboardActivity(bytes: Uint8Array): "type" | "idle" | undefined {
  const document = readDocument(bytes, limits);
  if (!document.ok || document.value.name !== "KeyboardActivity") return undefined;
  const status = elements(document.value).find(({ name }) => name === "status")?.attrs.status;
  return status === "type" || status === "idle" ? status : undefined;
}

/** The same as an INFO carries it. */
export function keyboardActivityContent(composing: boolean): SipContent {
  const body = Buffer.from(writeKeyboardActivity(composing ? "type" : "idle"));
  return { contentType: keyboardActivityType, body, headers: "" };
}

export function writeKeyboardActivity(status: "type" | "idle"): string {
  return `<?xml version="1.0"?><KeyboardActivity><status status="${status}"/></KeyboardActivity>`;
}
