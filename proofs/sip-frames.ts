import type { Fault, FaultCode } from "../src/base/fault.ts";
import { limitsWith } from "../src/base/limits.ts";
import { SipFramer } from "../src/sip/framer.ts";
import { readMessage, type SipLimits, type SipMessage } from "../src/sip/message.ts";
import { checkRequest, checkResponse } from "../src/sip/request-check.ts";

export const limits: SipLimits = limitsWith();

/**
 * What a stream brought, in order: messages and what was wrong with others by their bytes, keep-alives by "." and
 * "ping".
 */
export type Frames = {
  readonly found: readonly string[];
  readonly fault: FaultCode | undefined;
  readonly pending: number;
};

/** Pushes pieces of a stream into a framer. */
export function framesOf(pieces: readonly Uint8Array[], most: SipLimits = limits): Frames {
  const found: string[] = [];
  const framer = new SipFramer(
    {
      onMessage: (message) => {
        found.push(`message ${message.bytes.toString("latin1")}`);
        return true;
      },
      onMalformed: (failure, partial) => {
        found.push(`${failure.code} ${partial?.bytes.toString("latin1")}`);
        return true;
      },
      onKeepAlive: (ping) => {
        found.push(ping ? "ping" : ".");
      },
    },
    most,
  );
  let fault: Fault | undefined;
  for (const piece of pieces) fault = framer.push(piece);
  return { found, fault: fault?.code, pending: fault === undefined ? framer.pending : 0 };
}

/** The bytes in pieces that begin at these places too. */
export function cut(bytes: Buffer, ...places: readonly number[]): Buffer[] {
  return [0, ...places].map((place, at) => bytes.subarray(place, places[at] ?? bytes.length));
}

/** What becomes of a datagram: the message when it may be served, the first fault. */
export function verdictOn(bytes: Buffer): {
  readonly message: SipMessage | undefined;
  readonly code: FaultCode | "taken";
} {
  const { message, fault } = readMessage(bytes, limits);
  const wrong = fault ?? (message?.isRequest ? checkRequest(message) : message && checkResponse(message));
  return { message, code: wrong?.code ?? "taken" };
}
