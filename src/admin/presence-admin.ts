import { type Address, parseAddress } from "../base/address.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import type { PrivacyEntry, PrivacyRules } from "../base/store.ts";
import type { World } from "../base/world.ts";
import { changedRules, type PrivacyChange } from "../presence/privacy-change.ts";
import type { CalendarWord } from "../server/calendar-desk.ts";
import type { Explanation, WatcherView } from "../server/presence-view.ts";
import type { Node } from "./node.ts";

/** Whom a person lets see them, as the API tells it. */
export type PrivacyView = {
  readonly address: string;
  /** What holds for everybody without an entry. */
  readonly default: PrivacyRules["otherwise"];
  readonly entries: readonly PrivacyEntry[];
};

/** A change as it was written: addresses and domains not yet read. */
export type PrivacyRequest = PrivacyChange;

export type PresenceDoors = {
  readonly clock: Pick<World["clock"], "now">;
  readonly store: {
    readonly accounts: Pick<World["store"]["accounts"], "find">;
    readonly audit: Pick<World["store"]["audit"], "append">;
  };
};

/**
 * The one place where administrators look at people's presence and change what makes it, on the running node. `actor` says who,
 * for the audit. Every method fails with jid-malformed, domain-malformed or account-unknown for an address that is no local
 * person's, and rejects when the store fails.
 */
export class PresenceAdmin {
  readonly #doors: PresenceDoors;

  constructor(doors: PresenceDoors) {
    this.#doors = doors;
  }

  /** Why somebody is as they are, and (SUB-27) what a watcher sees of them. */
  async explain(node: Node, address: string, watcher: string | undefined): Promise<Result<Explanation>> {
    const who = await this.#person(address);
    if (!who.ok) return who;
    if (watcher === undefined) return ok(await node.presence.explain(who.value));
    const by = parseAddress(watcher);
    return by.ok ? ok(await node.presence.explain(who.value, by.value)) : by;
  }

  async watchers(node: Node, address: string): Promise<Result<readonly WatcherView[]>> {
    const who = await this.#person(address);
    return who.ok ? ok(await node.presence.watchers(who.value)) : who;
  }

  async privacy(node: Node, address: string): Promise<Result<PrivacyView>> {
    const who = await this.#person(address);
    return who.ok ? ok(viewOf(who.value, await node.privacy.get(who.value.text))) : who;
  }

  /** Changes a person's lists; in force at once. Fails also with privacy-full. */
  async setPrivacy(actor: string, node: Node, address: string, request: PrivacyRequest): Promise<Result<PrivacyView>> {
    const who = await this.#person(address);
    if (!who.ok) return who;
    const change = readChange(request);
    if (!change.ok) return change;
    const done = await node.privacy.change(who.value.text, (rules) => changedRules(rules, change.value));
    if (!done.ok) return done;
    await this.#audit(actor, "user.privacy", who.value, changeWords(change.value));
    return ok(viewOf(who.value, done.value));
  }

  /** What a person's calendar says from now on (MAP-11). Fails also with bad-request, when its end is over already. */
  async setCalendar(actor: string, node: Node, address: string, word: CalendarWord): Promise<Result<string>> {
    const who = await this.#person(address);
    if (!who.ok) return who;
    const { state, until } = word;
    if (until !== undefined && until <= this.#doors.clock.now()) {
      return no(fault("bad-request", "`until` is over already"));
    }
    await node.calendars.tell(who.value, word);
    const detail = until === undefined ? state : `${state} until ${new Date(until).toISOString()}`;
    await this.#audit(actor, "presence.calendar", who.value, detail);
    return ok(who.value.text);
  }

  async #person(text: string): Promise<Result<Address>> {
    const address = parseAddress(text);
    if (!address.ok) return address;
    const account = await this.#doors.store.accounts.find(address.value.text);
    return account === undefined ? no(fault("account-unknown", address.value.text)) : address;
  }

  async #audit(actor: string, action: string, { text: subject }: Address, detail: string): Promise<void> {
    await this.#doors.store.audit.append({ at: this.#doors.clock.now(), actor, action, subject, detail });
  }
}

function viewOf({ text: address }: Address, { otherwise, entries }: PrivacyRules): PrivacyView {
  return { address, default: otherwise, entries };
}

/** SUB-10: people and whole domains, as the lists keep them. */
function readChange(request: PrivacyRequest): Result<PrivacyChange> {
  const lists: Record<"allow" | "hide" | "block" | "clear", string[]> = { allow: [], hide: [], block: [], clear: [] };
  for (const list of ["allow", "hide", "block", "clear"] as const) {
    for (const text of request[list] ?? []) {
      const name = text.includes("@") ? parseAddress(text) : parseDomainName(text);
      if (!name.ok) return no(fault(name.fault.code, text));
      lists[list].push(typeof name.value === "string" ? name.value : name.value.text);
    }
  }
  return ok({ otherwise: request.otherwise, ...lists });
}

function changeWords({ otherwise, allow = [], hide = [], block = [], clear = [] }: PrivacyChange): string {
  const words = otherwise === undefined ? [] : [`default ${otherwise}`];
  for (const who of clear) words.push(`clear ${who}`);
  for (const who of allow) words.push(`allow ${who}`);
  for (const who of hide) words.push(`hide ${who}`);
  for (const who of block) words.push(`block ${who}`);
  return words.join(", ");
}
