import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault, wordsFor } from "../base/fault.ts";
import type { Connection, SecureOptions } from "../base/network.ts";
import { no, ok, type Result } from "../base/result.ts";
import { Alarm } from "../base/wheel.ts";
import * as race from "../dns/dial.ts";
import { type StaticRoute, type Target, xmppTargets } from "../dns/xmpp-targets.ts";
import type { Site } from "./site.ts";

/** What to dial. */
export type Call = {
  readonly foreign: DomainName;
  readonly routes: readonly StaticRoute[];
  /** TLS for targets that want it from the first byte (XEP-0368); undefined: such targets are passed over. */
  readonly directTls: (SecureOptions & { readonly role: "client" }) | undefined;
};

export type Reached = { readonly connection: Connection; readonly target: Target };

/**
 * Finds a foreign domain's servers and connects to the first that answers, several at a time when one hesitates
 * (XEP-0495). `next` goes on with those not tried yet, when what answered turned out to be of no use.
 */
export class Dialler {
  readonly #site: Site;
  readonly #call: Call;
  readonly #done: (result: Result<Reached>) => void;
  readonly #alarm = new Alarm(() => this.#feed({ kind: "time" }));
  #race: race.State<Target> | undefined;
  #untried: readonly Target[] = [];
  #connected = new Map<number, Connection>();
  #tried: string[] = [];
  #over = false;

  constructor(site: Site, call: Call, done: (result: Result<Reached>) => void) {
    this.#site = site;
    this.#call = call;
    this.#done = done;
  }

  /** Every place tried so far, and how it went. */
  get tried(): string {
    return this.#tried.join("; ");
  }

  start(): void {
    const { foreign, routes } = this.#call;
    xmppTargets({ domain: foreign, service: "server", staticRoutes: routes }, this.#site.world).then((found) => {
      if (this.#over) return;
      if (!found.ok) {
        this.#done(found);
        return;
      }
      const usable = found.value.filter((target) => !target.directTls || this.#call.directTls !== undefined);
      this.#begin(usable);
    });
  }

  /** Whether `next` has anything to go on with. */
  get hasMore(): boolean {
    return this.#untried.length > 0;
  }

  next(): void {
    this.#begin(this.#untried);
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#over = true;
    this.#feed({ kind: "abandon" });
    this.#site.wheel.clear(this.#alarm);
  }

  #begin(targets: readonly Target[]): void {
    this.#untried = [];
    this.#connected = new Map();
    const begun = race.begin(targets);
    this.#race = begun.next;
    this.#carryOut(begun.effects);
  }

  #feed(event: race.Event): void {
    if (this.#race === undefined) return;
    const taken = race.on(this.#race, event);
    this.#race = taken.next;
    this.#carryOut(taken.effects);
  }

  #carryOut(effects: readonly race.Effect<Target>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "connect":
          this.#connect(effect.attempt, effect.target);
          break;
        case "cancel":
          this.#connected.get(effect.attempt)?.destroy();
          break;
        case "wait":
          this.#site.wheel.set(this.#alarm, effect.ms);
          break;
        case "won": {
          this.#site.wheel.clear(this.#alarm);
          this.#untried = effect.untried;
          const connection = this.#connected.get(effect.attempt);
          if (connection !== undefined) this.#done(ok({ connection, target: effect.target }));
          break;
        }
        case "lost":
          this.#site.wheel.clear(this.#alarm);
          this.#done(no(this.#chief(effect.failures)));
          break;
      }
    }
  }

  #connect(attempt: number, target: Target): void {
    const { network } = this.#site.world;
    const { address, port, directTls } = target;
    const tls = this.#call.directTls;
    const options = { address, port, timeoutMs: this.#site.settings.limits.connectMs };
    network.connect(directTls && tls !== undefined ? { ...options, tls } : options).then((result) => {
      if (result.ok) {
        this.#connected.set(attempt, result.value);
        this.#feed({ kind: "connected", attempt });
        return;
      }
      this.#tried.push(`${target.host} ${address}:${port}: ${wordsFor(result.fault)}`);
      this.#feed({ kind: "failed", attempt, why: result.fault });
    });
  }

  /** One fault for many failures: the last one's kind, and all that was tried. */
  #chief(failures: readonly Fault[]): Fault {
    const last = failures.at(-1);
    if (last === undefined) return fault("remote-server-not-found", "no target that may be used");
    return fault(last.code, this.tried.slice(0, 500));
  }
}
