import type { Hono } from "hono";
import { ok, type Result } from "../base/result.ts";
import type { ListenerConfig } from "../config/listener-schema.ts";
import type { ListenerView } from "../server/node.ts";
import { type Closable, serveHttp } from "./admin-socket.ts";

type Open = Closable & { readonly view: ListenerView };

/** The listeners of kind http; the configuration may add and remove them while the node runs. */
export class HealthListeners {
  readonly #app: Hono;
  readonly #open = new Map<string, Open>();

  constructor(app: Hono) {
    this.#app = app;
  }

  get listeners(): readonly ListenerView[] {
    return [...this.#open.values()].map(({ view }) => view);
  }

  /** Opens those of `wanted` that are not open; when one cannot be, closes what it opened and fails with listen-failed. */
  async open(wanted: readonly ListenerConfig[]): Promise<Result<void>> {
    const opened: string[] = [];
    for (const { kind, address, port } of wanted) {
      const name = `${address} ${port}`;
      if (kind !== "http" || this.#open.has(name)) continue;
      const server = await serveHttp(this.#app, address, port);
      if (!server.ok) {
        await this.#close(opened);
        return server;
      }
      this.#open.set(name, { view: { kind, address, port: server.value.port }, close: server.value.close });
      opened.push(name);
    }
    return ok(undefined);
  }

  /** Closes those that are not wanted any more. */
  closeOthers(wanted: readonly ListenerConfig[]): Promise<void> {
    const names = new Set(
      wanted.filter(({ kind }) => kind === "http").map(({ address, port }) => `${address} ${port}`),
    );
    return this.#close([...this.#open.keys()].filter((name) => !names.has(name)));
  }

  async #close(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const open = this.#open.get(name);
      this.#open.delete(name);
      await open?.close();
    }
  }
}
