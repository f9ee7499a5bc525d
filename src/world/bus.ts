import type { Bus } from "../base/bus.ts";

type Listener = { readonly node: string; readonly on: (payload: Uint8Array, from: string) => void };
type Entry = { readonly node: string; readonly value: Uint8Array };

/** The nodes of one process, joined by function calls: the embedded default, where there is one node, and tests. */
export function busHub(): { join(node: string): Bus } {
  const listeners = new Map<string, Set<Listener>>();
  const directory = new Map<string, Entry>();
  return { join: (node) => joined(node, listeners, directory) };
}

/** The bus of a node that is alone. */
export function localBus(node: string): Bus {
  return busHub().join(node);
}

function joined(node: string, listeners: Map<string, Set<Listener>>, directory: Map<string, Entry>): Bus {
  let open = true;
  const own: (() => void)[] = [];

  const whileOpen = async <T>(work: () => T): Promise<T> => {
    if (!open) throw new Error(`bus: node ${node} has left`);
    return work();
  };

  return {
    node,
    publish(subject, payload) {
      if (!open) return;
      for (const listener of listeners.get(subject) ?? []) {
        // Never inside publish: a broker could not do that either, and nobody is called while half-way through something.
        queueMicrotask(() => {
          if (listeners.get(subject)?.has(listener)) listener.on(payload, node);
        });
      }
    },
    subscribe(subject, on) {
      const listener: Listener = { node, on };
      const all = listeners.get(subject) ?? new Set();
      listeners.set(subject, all.add(listener));
      const cancel = (): void => {
        all.delete(listener);
        if (all.size === 0 && listeners.get(subject) === all) listeners.delete(subject);
      };
      own.push(cancel);
      return cancel;
    },
    put: (key, value) => whileOpen(() => void directory.set(key, { node, value })),
    get: (key) => whileOpen(() => directory.get(key)?.value),
    remove: (key) => whileOpen(() => void directory.delete(key)),
    async close() {
      open = false;
      for (const cancel of own.splice(0)) cancel();
      for (const [key, entry] of directory) if (entry.node === node) directory.delete(key);
    },
  };
}
