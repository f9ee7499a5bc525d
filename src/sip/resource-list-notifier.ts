import type { Limits } from "../base/limits.ts";
import type { Multipart } from "./multipart.ts";
import type { ListEntry } from "./resource-lists.ts";
import { type ListedResource, type ResourceInstance, writeListNotification } from "./rlmi.ts";

type Row = { name: string; instance: ResourceInstance | undefined };

/**
 * What one subscription to a list knows of its resources and has not told yet (RFC 4662 §4). The subscription machine says when
 * a NOTIFY leaves and whether it is full; this makes its body. Changes of one resource between two NOTIFYs are one.
 *
 * A full notification names every resource but carries only as many documents as `sipListNotifyBytesMax` lets it; the others
 * have no instance in it (§5.4: not known yet) and follow in the next ones.
 */
export class ListNotifier {
  readonly #uri: string;
  readonly #at: string;
  readonly #bytesMax: number;
  #rows = new Map<string, Row>();
  /** Entries whose newest instance has not been told, the longest waiting first. */
  readonly #waiting = new Set<string>();

  /** `uri` is the list's; content ids end with `at`. */
  constructor(uri: string, entries: Iterable<ListEntry>, at: string, limits: Pick<Limits, "sipListNotifyBytesMax">) {
    this.#uri = uri;
    this.#at = at;
    this.#bytesMax = limits.sipListNotifyBytesMax;
    this.replace(entries);
  }

  /** The URIs of the list. */
  get uris(): Iterable<string> {
    return this.#rows.keys();
  }

  /** Whether something waits to be told: the next NOTIFY need not wait for a change. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Another list takes this one's place (RFC 5367 §4); instances of those on both stay known. The next NOTIFY must be full,
   * since no partial one says that a resource has left. An entry that stands twice counts once.
   */
  replace(entries: Iterable<ListEntry>): void {
    const before = this.#rows;
    this.#rows = new Map();
    for (const { uri, name } of entries) {
      if (!this.#rows.has(uri)) this.#rows.set(uri, { name, instance: before.get(uri)?.instance });
    }
    for (const uri of this.#waiting) if (!this.#rows.has(uri)) this.#waiting.delete(uri);
  }

  /** A resource's instance came or changed. False when it is not on the list, or nothing is new. */
  set(uri: string, instance: ResourceInstance): boolean {
    const row = this.#rows.get(uri);
    if (row === undefined || same(row.instance, instance)) return false;
    row.instance = instance;
    this.#waiting.add(uri);
    return true;
  }

  /** The next NOTIFY's body; what it tells does not wait any more. */
  body(full: boolean, version: number): Multipart {
    const resources: ListedResource[] = [];
    let room = this.#bytesMax;
    const fits = ({ document }: ResourceInstance): boolean => {
      const size = document === undefined ? 0 : document.body.length;
      // one always fits, else it would wait for ever
      if (size > room && room < this.#bytesMax) return false;
      room -= size;
      return true;
    };
    for (const uri of full ? [...this.#rows.keys()] : [...this.#waiting]) {
      const { name = "", instance } = this.#rows.get(uri) ?? {};
      if (instance === undefined || fits(instance)) {
        resources.push({ uri, name, instance });
        this.#waiting.delete(uri);
      } else {
        if (full) resources.push({ uri, name, instance: undefined });
        this.#waiting.add(uri);
      }
    }
    return writeListNotification({ uri: this.#uri, version, full }, resources, this.#at);
  }
}

function same(a: ResourceInstance | undefined, b: ResourceInstance): boolean {
  return a !== undefined && a.state === b.state && a.reason === b.reason && a.document?.body === b.document?.body;
}
