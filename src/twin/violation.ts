/** One thing the other side did that the rules forbid, or left undone. */
export type Violation = {
  /** The rule's id: R…, P-…, I-…, T-…, or the section of the reference. */
  readonly rule: string;
  readonly what: string;
  readonly callId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
};

const kept = 1_000;

/** What was found; the oldest are forgotten when there are very many. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #now: () => number;
  readonly #tell: (violation: Violation) => void;

  constructor(now: () => number, tell: (violation: Violation) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  add(rule: string, what: string, callId = ""): void {
    const violation = { rule, what, callId, at: this.#now() };
    if (this.list.length >= kept) this.list.shift();
    this.list.push(violation);
    this.#tell(violation);
  }
}
