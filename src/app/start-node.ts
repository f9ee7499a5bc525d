import type { ListenerView } from "../admin/node.ts";
import type { Listener } from "../base/network.ts";
import { no, ok } from "../base/result.ts";
import type { World } from "../base/world.ts";
import type { ListenerSettings } from "../server/settings.ts";
import type { StartNode } from "./running-node.ts";

// SEAM: until src/server/node.ts exists, this stands in for it: a node that only opens its listeners and refuses every
// connection.

export const startNode: StartNode = async (world, settings) => {
  const open = new Map<string, { view: ListenerView; listener: Listener }>();
  const first = await openMissing(world, settings.listeners, open);
  if (!first.ok) return first;
  const close = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await open.get(name)?.listener.close();
      open.delete(name);
    }
  };
  return ok({
    get listeners() {
      return [...open.values()].map(({ view }) => view);
    },
    sessions: () => [],
    links: () => [],
    async apply(next) {
      const opened = await openMissing(world, next.listeners, open);
      if (!opened.ok) return opened;
      const wanted = new Set(next.listeners.map(nameOf));
      await close([...open.keys()].filter((name) => !wanted.has(name)));
      return ok(undefined);
    },
    drain: () => close([...open.keys()]),
  });
};

async function openMissing(
  world: World,
  wanted: readonly ListenerSettings[],
  open: Map<string, { view: ListenerView; listener: Listener }>,
) {
  const opened: string[] = [];
  for (const one of wanted.filter((listener) => !open.has(nameOf(listener)))) {
    const listener = await world.network.listen({ ...one, accept: () => undefined });
    if (!listener.ok) {
      for (const name of opened) await open.get(name)?.listener.close();
      for (const name of opened) open.delete(name);
      return no(listener.fault);
    }
    open.set(nameOf(one), { view: { kind: one.kind, ...listener.value.at }, listener: listener.value });
    opened.push(nameOf(one));
  }
  return ok(undefined);
}

function nameOf({ kind, address, port }: ListenerSettings): string {
  return `${kind} ${address} ${port}`;
}
