import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Fault, type FaultCode, fault, rowOf, wordsFor } from "../base/fault.ts";

/** What an admin request that failed answers. */
export type FaultAnswer = {
  readonly code: FaultCode;
  readonly detail: string;
  /** For people. */
  readonly words: string;
  readonly advice: string;
};

const statuses: Partial<Record<FaultCode, ContentfulStatusCode>> = {
  "account-exists": 409,
  "account-unknown": 404,
  "store-unavailable": 503,
  "not-running": 503,
};

/** A fault as JSON, with the HTTP status that fits; 400 for what was asked wrongly. */
export function refuse(context: Context, failure: Fault): Response {
  return context.json(faultAnswer(failure), statuses[failure.code] ?? 400);
}

export function faultAnswer(failure: Fault): FaultAnswer {
  return { ...failure, words: wordsFor(failure), advice: rowOf(failure.code).advice };
}

/** Whatever was thrown on the way is the storage or our own bug; the asker learns no more than that. */
export function refuseThrown(context: Context): Response {
  return context.json(faultAnswer(fault("store-unavailable")), 503);
}

/** The body of a request; undefined when it is no JSON. */
export async function jsonOf(context: Context): Promise<unknown> {
  return context.req.json().catch(() => undefined);
}
