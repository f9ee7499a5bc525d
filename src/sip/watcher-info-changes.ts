import type { Watcher } from "./watcher-info.ts";

/**
 * What one subscription to presence.winfo has not been told yet: for each watcher the newest, for a document may be late
 * (RFC 3857 §4.10). Bounded by the watchers there are.
 */
export class WatcherChanges {
  readonly #changed = new Map<string, Watcher>();
  /** Watchers that came and went untold: nobody needs to hear of them. */
  readonly #told = new Set<string>();

  /** Notes a watcher that came or changed. */
  note(watcher: Watcher): void {
    if (watcher.status === "terminated" && watcher.event !== "rejected" && !this.#told.has(watcher.id)) {
      this.#changed.delete(watcher.id);
    } else this.#changed.set(watcher.id, watcher);
  }

  get size(): number {
    return this.#changed.size;
  }

  /**
   * The watchers for the next document, which empties this: for a full one all of `current` and those that have just ended
   * (RFC 3857 §4.7.2), for a partial one what changed.
   */
  take(full: boolean, current: Iterable<Watcher>): readonly Watcher[] {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    const taken = full ? [...current, ...changed.filter(({ status }) => status === "terminated")] : changed;
    if (full) this.#told.clear();
    for (const { id, status } of taken) {
      if (status === "terminated") this.#told.delete(id);
      else this.#told.add(id);
    }
    return taken;
  }
}
