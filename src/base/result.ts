import type { Fault } from "./fault.ts";

/** A parser's or a door's answer: the value, or the fault that says why there is none. Exceptions mean our own bug. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function no(fault: Fault): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault };
}
