import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import type { Answer, RecordType } from "../base/resolver.ts";
import { no, ok, type Result } from "../base/result.ts";

type Kept = { readonly untilMs: number; readonly what: Result<Answer<RecordType>> };

/**
 * Answers kept for as long as they say, and no longer than the limits allow. "No such name" and "no such records" are
 * kept too, for the negative TTL of their zone (RFC 2308 §5); failures are not. Time is handed in, in milliseconds that
 * never go back.
 */
export class AnswerCache {
  readonly #limits: Pick<Limits, "dnsCacheEntriesMax" | "dnsCacheSecondsMax">;
  readonly #kept = new Map<string, Kept>();

  constructor(limits: Pick<Limits, "dnsCacheEntriesMax" | "dnsCacheSecondsMax">) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** What is known, with the time it still holds as its TTL. */
  get<T extends RecordType>(name: string, type: T, nowMs: number): Result<Answer<T>> | undefined {
    const key = keyOf(name, type);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.untilMs <= nowMs) {
      this.#kept.delete(key);
      return undefined;
    }
    // What is kept under a type's key was put there as an answer of that type.
    const what = kept.what as Result<Answer<T>>;
    if (!what.ok) return what;
    return ok({ ...what.value, ttlSeconds: Math.ceil((kept.untilMs - nowMs) / 1000) });
  }

  put<T extends RecordType>(name: string, type: T, answer: Answer<T>, nowMs: number): void {
    this.#keep(keyOf(name, type), ok(answer as Answer<RecordType>), answer.ttlSeconds, nowMs);
  }

  /** Keeps a dns-no-such-name or dns-no-records for its negative TTL. */
  putNothing(name: string, type: RecordType, why: Fault, ttlSeconds: number, nowMs: number): void {
    this.#keep(keyOf(name, type), no(why), ttlSeconds, nowMs);
  }

  clear(): void {
    this.#kept.clear();
  }

  #keep(key: string, what: Kept["what"], ttlSeconds: number, nowMs: number): void {
    this.#kept.delete(key);
    const seconds = Math.min(ttlSeconds, this.#limits.dnsCacheSecondsMax);
    if (seconds <= 0 || this.#limits.dnsCacheEntriesMax <= 0) return;
    // The entry put in longest ago makes room: a Map gives its keys in the order of insertion.
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < this.#limits.dnsCacheEntriesMax) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(key, { untilMs: nowMs + seconds * 1000, what });
  }
}

/** Names compare without case (RFC 4343). */
function keyOf(name: string, type: RecordType): string {
  return `${type} ${name.toLowerCase()}`;
}
