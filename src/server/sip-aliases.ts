import type { SipMessage } from "../sip/message.ts";
import { parameter } from "../sip/parameters.ts";
import { type Flow, keyOf, type Place } from "./sip-flow.ts";

/**
 * Connections that were opened to us by servers that want them used for what we have for them, too (RFC 5923 §8.2), by where
 * those servers listen: the address they come from, with the port of their Via. Over TLS alone, where a connection proves whose it
 * is; nobody is sent anything over one that does not.
 */
export class SipAliases {
  readonly #flows = new Map<string, Flow>();
  /** Each connection says it once. */
  readonly #seen = new WeakMap<Flow, string>();

  /** A request of somebody who has proved who they are. */
  came(flow: Flow, message: SipMessage): void {
    if (flow.transport !== "tls" || this.#seen.has(flow)) return;
    const { via } = message;
    const says = via !== undefined && parameter(via.parameters, "alias") !== undefined;
    const key = says ? keyOf({ transport: "tls", address: flow.remote.address, port: via.port ?? 5061 }) : "";
    this.#seen.set(flow, key);
    if (says) this.#flows.set(key, flow);
  }

  /** A connection that leads to whoever listens there, if it is said to. */
  of(place: Place): Flow | undefined {
    return this.#flows.size === 0 ? undefined : this.#flows.get(keyOf(place));
  }

  lost(flow: Flow): void {
    const key = this.#seen.get(flow) ?? "";
    if (this.#flows.get(key) === flow) this.#flows.delete(key);
  }
}
