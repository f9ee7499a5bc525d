import { type Composed, compose } from "../presence/compose.ts";
import { type Rules, rulesWith } from "../presence/rules.ts";
import type { Source } from "../presence/source.ts";
import type { Site } from "./site.ts";

/** Somebody nothing is known of. */
export const offline: Composed = compose([], []);

/** Whether nobody here sees a difference between the two. */
export function looksTheSame(now: Composed, before: Composed): boolean {
  return (
    now.availability === before.availability &&
    now.note === before.note &&
    now.reachable === before.reachable &&
    now.priority === before.priority
  );
}

/** Told of each change of a local person's composed presence. */
export type BoardListener = (bare: string, now: Composed, before: Composed) => void;

type Entry = { readonly sources: Map<string, Source>; composed: Composed };

/**
 * How local people are: what each of their devices, lines and calendars says, and the one presence that is made of it
 * (MAP-11, MAP-12). People nothing is known of are offline and take no room.
 */
export class PresenceBoard {
  readonly #site: Site;
  readonly #people = new Map<string, Entry>();
  readonly #listeners: BoardListener[] = [];

  #rules: { readonly of: unknown; readonly rules: Rules } | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  /** The rules in force. */
  get rules(): Rules {
    const { presence } = this.#site.settings;
    if (this.#rules?.of !== presence) this.#rules = { of: presence, rules: rulesWith(presence.outOfOffice) };
    return this.#rules.rules;
  }

  listen(listener: BoardListener): void {
    this.#listeners.push(listener);
  }

  /** What one source says now, in place of what it said before. */
  put(bare: string, source: Source): void {
    let entry = this.#people.get(bare);
    if (entry === undefined) {
      entry = { sources: new Map(), composed: offline };
      this.#people.set(bare, entry);
    }
    entry.sources.set(source.id, source);
    this.#composed(bare, entry);
  }

  /** A source is gone. */
  drop(bare: string, id: string): void {
    const entry = this.#people.get(bare);
    if (entry === undefined || !entry.sources.delete(id)) return;
    if (entry.sources.size === 0) this.#people.delete(bare);
    this.#composed(bare, entry);
  }

  /** The rules are others. */
  composeAgain(bare: string): void {
    const entry = this.#people.get(bare);
    if (entry !== undefined) this.#composed(bare, entry);
  }

  of(bare: string): Composed {
    return this.#people.get(bare)?.composed ?? offline;
  }

  sources(bare: string): readonly Source[] {
    return [...(this.#people.get(bare)?.sources.values() ?? [])];
  }

  source(bare: string, id: string): Source | undefined {
    return this.#people.get(bare)?.sources.get(id);
  }

  #composed(bare: string, entry: Entry): void {
    const before = entry.composed;
    const now = entry.sources.size === 0 ? offline : compose([...entry.sources.values()], this.rules);
    entry.composed = now;
    // Who says it makes a difference to partners alone (MAP-2, MAP-3).
    const same = looksTheSame(now, before);
    if (same && now.by === before.by && now.own === before.own) return;
    if (!same) this.#site.tally.presenceChanged();
    for (const listener of this.#listeners) listener(bare, now, before);
  }
}
