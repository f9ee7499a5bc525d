import type { FaultAnswer } from "../admin/answers.ts";
import type { Fault } from "../base/fault.ts";

/** What a request at the counter comes to: the answer's body, or why there is none. */
export type Served<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: FaultAnswer | Fault };

/** Where commands hand in their requests: the running node, or, when none runs, its store. */
export interface Counter {
  readonly running: boolean;
  /** @param method GET, POST, PUT, DELETE of the admin API */
  ask<T>(method: string, target: string, body?: unknown): Promise<Served<T>>;
  close(): Promise<void>;
}

/** An answer of the admin API. */
export function served<T>(status: number, body: unknown): Served<T> {
  if (status >= 200 && status < 300) return { ok: true, value: body as T };
  return { ok: false, fault: body as FaultAnswer };
}
