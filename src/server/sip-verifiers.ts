import type { DigestVerifier } from "../base/store.ts";
import type { Site } from "./site.ts";

/** People whose verifiers are kept at hand: as many as talk in one busy hour of a large organisation. */
const keptMax = 10_000;

/**
 * The digest verifiers of local people, at hand: UDP proves every request anew, and the store should not be asked each
 * time. Who is not there is not remembered, so that nobody can push real people out.
 */
export class SipVerifiers {
  readonly #site: Site;
  readonly #kept = new Map<string, readonly DigestVerifier[]>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** What is at hand; undefined when the store must be asked. */
  peek(address: string): readonly DigestVerifier[] | undefined {
    return this.#kept.get(address);
  }

  /** Undefined: there is no such account. Rejects when the store does. */
  async find(address: string): Promise<readonly DigestVerifier[] | undefined> {
    const account = await this.#site.world.store.accounts.find(address);
    if (account === undefined) return undefined;
    // Oldest out; a map remembers the order of what came in.
    if (this.#kept.size >= keptMax) this.#kept.delete(this.#kept.keys().next().value ?? "");
    this.#kept.set(address, account.digests);
    return account.digests;
  }

  /** The account is gone or has another password. */
  forget(address: string): void {
    this.#kept.delete(address);
  }
}
