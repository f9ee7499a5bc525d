import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { sipTargets } from "../dns/sip-targets.ts";
import { parseNameAddr } from "../sip/name-addr.ts";
import { parameter } from "../sip/parameters.ts";
import { parseSipUri, type SipUri } from "../sip/uri.ts";
import type { SipBinding } from "./sip-binding.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipTransport } from "./sip-transport.ts";
import type { Site } from "./site.ts";

/** From an address of the outside to a flow that leads there (RFC 3263), trying one target after the other. */
export class SipWays {
  readonly #site: Site;
  readonly #transport: SipTransport;

  constructor(site: Site, transport: SipTransport) {
    this.#site = site;
    this.#transport = transport;
  }

  /**
   * The way to a device: the one its REGISTER came by while it stands, else to the proxy it came through (RFC 3327 §5.2),
   * else to where its Contact says it is.
   */
  async toBinding(binding: SipBinding): Promise<Result<Flow>> {
    if (binding.flow?.open === true) return ok(binding.flow);
    const [proxy] = binding.stored.path;
    const next = proxy === undefined ? undefined : parseNameAddr(proxy);
    if (next?.ok === false) return next;
    const uri = parseSipUri(next?.value.uri ?? binding.stored.contact);
    if (!uri.ok) return uri;
    const reached = await this.toUri(uri.value);
    if (reached.ok) binding.flow = reached.value;
    return reached;
  }

  /** The way to where a URI leads: each target in turn until one answers. */
  async toUri(uri: SipUri): Promise<Result<Flow>> {
    const asked = parameter(uri.parameters, "transport")?.toLowerCase();
    // RFC 7118 §5: nobody can connect to a WebSocket client.
    if (asked === "ws" || asked === "wss") return no(fault("sip-send-failed", "a WebSocket that is gone"));
    const { random, resolver } = this.#site.world;
    const transport = asked === "udp" || asked === "tcp" || asked === "tls" ? asked : undefined;
    const targets = await sipTargets(
      {
        host: parameter(uri.parameters, "maddr") ?? uri.host,
        port: uri.port,
        transport,
        secure: uri.scheme === "sips",
        service: "any",
        allowed: ["udp", "tcp", "tls"],
      },
      { random, resolver },
    );
    if (!targets.ok) return targets;
    let last: Result<Flow> = no(fault("sip-send-failed", uri.host));
    for (const target of targets.value) {
      last = await this.#transport.reach(target);
      if (last.ok) return last;
    }
    return last;
  }

  /**
   * A request too large for UDP goes over TCP to the same place (RFC 3261 §18.1.1); where nobody listens there, over UDP all
   * the same.
   */
  async forLarge(flow: Flow): Promise<Flow> {
    const reached = await this.#transport.reach({ ...flow.remote, transport: "tcp", host: flow.remote.address });
    return reached.ok ? reached.value : flow;
  }
}
