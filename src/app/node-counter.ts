import { userInfo } from "node:os";
import { actorHeader } from "../admin/actor.ts";
import { fault } from "../base/fault.ts";
import { askSocket } from "./ask-socket.ts";
import { type Counter, type Served, served } from "./counter.ts";
import type { Home } from "./home.ts";

/** One request to a running node; undefined when none runs. */
export async function askNode<T>(
  home: Home,
  method: string,
  target: string,
  body?: unknown,
): Promise<Served<T> | undefined> {
  const headers = { [actorHeader]: actor(), "content-type": "application/json" };
  try {
    const asked = await askSocket(home.socket, method, target, headers, body);
    return asked === undefined ? undefined : served<T>(asked.status, asked.body);
  } catch (error) {
    return { ok: false, fault: fault("not-running", `${home.socket}: ${(error as Error).message}`) };
  }
}

/** Who asks, for the audit. */
export function actor(): string {
  return `cli:${userInfo().uid}`;
}

/** The counter of a running node. */
export function nodeCounter(home: Home): Counter {
  return {
    running: true,
    async ask<T>(method: string, target: string, body?: unknown) {
      return (await askNode<T>(home, method, target, body)) ?? { ok: false, fault: fault("not-running", home.folder) };
    },
    close: async () => {},
  };
}
