import type { Fault } from "../src/base/fault.ts";
import type { Connection, ConnectionHandler, TlsFacts } from "../src/base/network.ts";

/** A connection's owner that writes down what it hears, and complains when calls overlap or come after the close. */
export class Recorder implements ConnectionHandler {
  readonly connection: Connection;
  /** What was heard, in order; data that came in several parts stands once. */
  readonly seen: string[] = [];
  readonly #chunks: Uint8Array[] = [];
  byteCount = 0;
  facts: TlsFacts | undefined;
  why: Fault | undefined;
  /** Ends when the peer has ended, as most owners do. */
  endsOnEnd = true;
  onBytes: (bytes: Uint8Array) => void = () => {};
  onFacts: (facts: TlsFacts) => void = () => {};
  #inCall = false;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.handler = this;
  }

  /** What was heard but for drains: under TLS, when bytes count as taken is the platform's own affair. */
  get heard(): readonly string[] {
    const calls = this.seen.filter((each) => each !== "drain");
    return calls.filter((each, n) => each !== "data" || calls[n - 1] !== "data");
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  onData(bytes: Uint8Array): void {
    this.#call("data", () => {
      this.#chunks.push(bytes);
      this.byteCount += bytes.byteLength;
      this.onBytes(bytes);
    });
  }

  onSecure(facts: TlsFacts): void {
    this.facts = facts;
    this.#call("secure", () => this.onFacts(facts));
  }

  onDrain(): void {
    this.#call("drain", () => {});
  }

  onEnd(): void {
    this.#call("end", () => {
      if (this.endsOnEnd) this.connection.end();
    });
  }

  onClose(why: Fault | undefined): void {
    this.why = why;
    this.#call("close", () => {});
  }

  #call(name: string, work: () => void): void {
    if (this.#inCall) throw new Error(`${name} inside another call: ${this.seen.join(" ")}`);
    if (this.seen.includes("close")) throw new Error(`${name} after the close: ${this.seen.join(" ")}`);
    if (name !== "data" || this.seen.at(-1) !== "data") this.seen.push(name);
    this.#inCall = true;
    work();
    this.#inCall = false;
  }
}
