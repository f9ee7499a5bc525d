import type { Hono } from "hono";
import { ok, type Result } from "../base/result.ts";
import type { ListenerConfig } from "../config/listener-schema.ts";
import type { HttpDoor } from "../server/http-door.ts";
import type { ListenerView } from "../server/node.ts";
import { type ContextFor, type HttpServer, serveHttp } from "./http-server.ts";

type Kind = "http" | "xcap";
type Open = Pick<HttpServer, "close"> & { readonly view: ListenerView };

/** The listeners that speak HTTP; the configuration may add and remove them while the node runs. */
export class HttpListeners {
  readonly #apps: Readonly<Record<Kind, Hono>>;
  readonly #doorFor: (kind: Kind) => HttpDoor;
  readonly #contextFor: ContextFor;
  readonly #open = new Map<string, Open>();

  /** `contextFor` gives what XCAP's listeners, which are HTTPS, show for a name. */
  constructor(apps: Readonly<Record<Kind, Hono>>, doorFor: (kind: Kind) => HttpDoor, contextFor: ContextFor) {
    this.#apps = apps;
    this.#doorFor = doorFor;
    this.#contextFor = contextFor;
  }

  get listeners(): readonly ListenerView[] {
    return [...this.#open.values()].map(({ view }) => view);
  }

  /** Opens those of `wanted` that are not open; when one cannot be, closes what it opened and fails with listen-failed. */
  async open(wanted: readonly ListenerConfig[]): Promise<Result<void>> {
    const opened: string[] = [];
    for (const { kind, address, port } of wanted) {
      const name = `${kind} ${address} ${port}`;
      if (!isHttp(kind) || this.#open.has(name)) continue;
      const server = await serveHttp(
        this.#apps[kind],
        address,
        port,
        this.#doorFor(kind),
        kind === "xcap" ? this.#contextFor : undefined,
      );
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
    const names = new Set(wanted.map(({ kind, address, port }) => `${kind} ${address} ${port}`));
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

function isHttp(kind: string): kind is Kind {
  return kind === "http" || kind === "xcap";
}
