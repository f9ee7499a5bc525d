import { hash } from "node:crypto";
import { Field } from "./sip-text.ts";

const challenges = { 401: new Field("WWW-Authenticate"), 407: new Field("Proxy-Authenticate") } as const;

/**
 * A client's side of digest (RFC 8760, RFC 7616 §3.4) with one challenge kept: every request counts its nonce up. MD5 where the server offers
 * it, as all do, so that the algorithm does not make the difference.
 */
export class Digest {
  readonly #name: string;
  readonly #constant: string;
  readonly #algorithm: "md5" | "sha256";
  readonly #ha1: string;
  readonly #nonce: string;
  readonly #ha2 = new Map<string, string>();
  #count = 0;

  /** From a 401 or 407; undefined when it holds no challenge this can answer. */
  static of(response: string, status: number, user: string, password: string): Digest | undefined {
    const lines = challenged(response, status);
    const line = lines.find((each) => !/algorithm=/i.test(each) || /algorithm="?MD5"?(?:,|$)/i.test(each)) ?? lines[0];
    return line === undefined ? undefined : new Digest(line, status, user, password);
  }

  private constructor(challenge: string, status: number, user: string, password: string) {
    const part = (name: string): string =>
      new RegExp(`\\b${name}=(?:"([^"]*)"|([^,\\s]*))`, "i").exec(challenge)?.slice(1).find(Boolean) ?? "";
    const [realm, opaque, algorithm] = [part("realm"), part("opaque"), part("algorithm") || "MD5"];
    this.#name = status === 407 ? "Proxy-Authorization" : "Authorization";
    this.#algorithm = algorithm.toUpperCase() === "SHA-256" ? "sha256" : "md5";
    this.#nonce = part("nonce");
    this.#ha1 = hash(this.#algorithm, `${user}:${realm}:${password}`);
    this.#constant =
      `username="${user}", realm="${realm}", nonce="${this.#nonce}", algorithm=${algorithm}, qop=auth, cnonce="${cnonce}"` +
      (opaque === "" ? "" : `, opaque="${opaque}"`);
  }

  /** The header line for the next request. */
  line(method: string, uri: string): string {
    const key = `${method}:${uri}`;
    let ha2 = this.#ha2.get(key);
    if (ha2 === undefined) {
      ha2 = hash(this.#algorithm, key);
      this.#ha2.set(key, ha2);
    }
    const nc = (++this.#count).toString(16).padStart(8, "0");
    const response = hash(this.#algorithm, `${this.#ha1}:${this.#nonce}:${nc}:${cnonce}:auth:${ha2}`);
    return `${this.#name}: Digest ${this.#constant}, uri="${uri}", nc=${nc}, response="${response}"\r\n`;
  }
}

export const cnonce = "0a4f113b";

/** The values of all Digest challenges in a response. */
function challenged(response: string, status: number): string[] {
  const field = status === 407 ? challenges[407] : challenges[401];
  const found: string[] = [];
  for (let rest = response; ; ) {
    const value = field.of(rest);
    if (value === "") return found;
    if (/^Digest\s/i.test(value)) found.push(value);
    rest = rest.slice(rest.indexOf(value) + value.length);
  }
}
