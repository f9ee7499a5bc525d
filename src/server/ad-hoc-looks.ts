import type { Jid } from "../xmpp/jid.ts";
import { DelayLine, Waiter } from "./delay-line.ts";
import type { Site } from "./site.ts";

/** One device's look at one person. */
class Look extends Waiter {
  readonly target: string;
  readonly watcher: Jid;

  constructor(target: string, watcher: Jid) {
    super();
    this.target = target;
    this.watcher = watcher;
  }
}

/**
 * Devices that look for a while at people who are no contacts of theirs, as a directory search does (SUB-26): in memory alone,
 * each for `presence.adHoc.seconds`, then without another word. Asking again begins anew.
 */
export class AdHocLooks {
  readonly #site: Site;
  readonly #line: DelayLine<Look>;
  /** By who is looked at, then by the device. */
  readonly #looks = new Map<string, Map<string, Look>>();
  /** Who each device looks at. */
  readonly #targets = new Map<string, Set<string>>();

  constructor(site: Site) {
    this.#site = site;
    this.#line = new DelayLine<Look>(
      site.wheel,
      () => site.world.clock.monotonicMs(),
      () => site.settings.presence.adHoc.seconds * 1_000,
      (look) => this.end(look.target, look.watcher.full),
    );
  }

  /** False when there are too many already. */
  begin(target: string, watcher: Jid): boolean {
    const { activeMax } = this.#site.settings.presence.adHoc;
    const { adHocPerDeviceMax } = this.#site.settings.limits;
    const known = this.#looks.get(target)?.get(watcher.full);
    if (known !== undefined) {
      this.#line.add(known);
      return true;
    }
    const own = this.#targets.get(watcher.full) ?? new Set();
    if ((activeMax > 0 && this.#line.size >= activeMax) || own.size >= adHocPerDeviceMax) return false;
    const look = new Look(target, watcher);
    const at = this.#looks.get(target) ?? new Map<string, Look>();
    this.#looks.set(target, at.set(watcher.full, look));
    this.#targets.set(watcher.full, own.add(target));
    this.#line.add(look);
    this.#publish();
    return true;
  }

  /** The devices that look at a person, as they are now. */
  at(target: string): readonly Jid[] {
    const looks = this.#looks.get(target);
    return looks === undefined ? nobody : [...looks.values()].map(({ watcher }) => watcher);
  }

  end(target: string, full: string): void {
    const looks = this.#looks.get(target);
    const look = looks?.get(full);
    if (looks === undefined || look === undefined) return;
    this.#line.remove(look);
    looks.delete(full);
    if (looks.size === 0) this.#looks.delete(target);
    const own = this.#targets.get(full);
    own?.delete(target);
    if (own?.size === 0) this.#targets.delete(full);
    this.#publish();
  }

  /** A device is gone, and looks at nobody any more. */
  gone(full: string): void {
    for (const target of this.#targets.get(full) ?? []) this.end(target, full);
  }

  #publish(): void {
    this.#site.world.metrics.series("comity_ad_hoc_looks").set(this.#line.size);
  }
}

const nobody: readonly Jid[] = [];
