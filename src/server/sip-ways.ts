import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type SipTarget, sipTargets } from "../dns/sip-targets.ts";
import { parseNameAddr } from "../sip/name-addr.ts";
import { parameter } from "../sip/parameters.ts";
import { parseSipUri, type SipUri } from "../sip/uri.ts";
import type { SipBinding } from "./sip-binding.ts";
import { type Flow, keyOf, placeOf } from "./sip-flow.ts";
import type { SipRests } from "./sip-rests.ts";
import type { SipTransport } from "./sip-transport.ts";
import { type Failure, type Send, type Servers, SipTrying } from "./sip-trying.ts";
import type { Site } from "./site.ts";

/** From an address of the outside to a flow that leads there (RFC 3263), trying one target after the other. */
export class SipWays {
  readonly #site: Site;
  readonly #transport: SipTransport;
  readonly #rests: SipRests;

  constructor(site: Site, transport: SipTransport, rests: SipRests) {
    this.#site = site;
    this.#transport = transport;
    this.#rests = rests;
  }

  /**
   * Sends to a device: the way its REGISTER came by while it stands, else to the proxy it came through (RFC 3327 §5.2), else to
   * where its Contact says it is. `large`: over UDP it would not fit.
   */
  toBinding(binding: SipBinding, large: boolean, send: Send, failed: (why: Fault) => void): void {
    const [proxy] = binding.stored.path;
    const next = proxy === undefined ? undefined : parseNameAddr(proxy);
    const uri = next?.ok === false ? next : parseSipUri(next?.value.uri ?? binding.stored.contact);
    const known = binding.flow?.open === true ? binding.flow : undefined;
    if (!uri.ok && known === undefined) {
      failed(uri.fault);
      return;
    }
    const servers = new UriServers(this.#site, this.#transport, this.#rests, uri.ok ? uri.value : undefined);
    const remembers: Send = (flow, trying) => {
      if (flow !== known) {
        binding.flow = flow;
        binding.found = flow;
      }
      if (!large || flow.reliable) send(flow, trying);
      else {
        this.#forLarge(flow).then(
          (chosen) => send(chosen, trying),
          (error) => {
            this.#site.storeFailed(error);
            send(flow, trying);
          },
        );
      }
    };
    this.#try(servers, known, remembers, failed);
  }

  /** Sends to where a URI leads, over `known` while that is open. */
  send(uri: SipUri, known: Flow | undefined, send: Send, failed: (why: Fault) => void): void {
    this.#try(new UriServers(this.#site, this.#transport, this.#rests, uri), known, send, failed);
  }

  #try(servers: Servers, known: Flow | undefined, send: Send, failed: (why: Fault) => void): void {
    const trying = new SipTrying(this.#site, servers, send);
    if (known?.open === true && !this.#rests.has(placeOf(known))) {
      trying.over(known);
      return;
    }
    trying.first(servers.next(), failed);
  }

  /**
   * A request too large for UDP goes over TCP to the same place (RFC 3261 §18.1.1); where nobody listens there, over UDP all
   * the same.
   */
  async #forLarge(flow: Flow): Promise<Flow> {
    const reached = await this.#transport.reach({ ...flow.remote, transport: "tcp", host: flow.remote.address });
    return reached.ok ? reached.value : flow;
  }
}

/** The servers a URI leads to, for one request. */
class UriServers implements Servers {
  readonly #site: Site;
  readonly #transport: SipTransport;
  readonly #rests: SipRests;
  readonly #uri: SipUri | undefined;
  readonly #tried = new Set<string>();
  #targets: Result<readonly SipTarget[]> | undefined;

  /** Without a URI there is none. */
  constructor(site: Site, transport: SipTransport, rests: SipRests, uri: SipUri | undefined) {
    this.#site = site;
    this.#transport = transport;
    this.#rests = rests;
    this.#uri = uri;
  }

  get of(): string {
    return this.#uri?.host ?? "";
  }

  get more(): boolean {
    return !this.#rests.over && this.#tried.size < this.#site.settings.limits.sipServersPerRequestMax;
  }

  failed(flow: Flow, { why, retryAfter, stirred }: Failure): void {
    const place = placeOf(flow);
    const key = keyOf(place);
    this.#tried.add(key);
    if ((why === "lost" && retryAfter === undefined) || (why === "silent" && stirred)) return;
    this.#listed().then((targets) => {
      if (!targets.ok || !targets.value.some((each) => keyOf(each) === key)) return;
      if (retryAfter !== undefined || targets.value.length > 1) this.#rests.leave(place, why, retryAfter, undefined);
    }, this.#site.storeFailed);
  }

  answered(flow: Flow): void {
    this.#rests.lives(placeOf(flow));
  }

  async next(): Promise<Result<Flow>> {
    const targets = await this.#listed();
    if (!targets.ok) return targets;
    const others = targets.value.filter((target) => !this.#tried.has(keyOf(target)));
    let last: Result<Flow> = no(fault(others.length === 0 ? "sip-send-failed" : "sip-servers-rest", this.of));
    for (const target of this.#rests.inOrder(others)) {
      last = await this.#transport.reach(target);
      if (last.ok) return last;
      this.#tried.add(keyOf(target));
      if (targets.value.length > 1) this.#rests.leave(target, "unreachable", undefined, undefined);
    }
    return last;
  }

  async #listed(): Promise<Result<readonly SipTarget[]>> {
    this.#targets ??= await this.#look();
    return this.#targets;
  }

  #look(): Promise<Result<readonly SipTarget[]>> {
    const uri = this.#uri;
    if (uri === undefined) return Promise.resolve(ok([]));
    const asked = parameter(uri.parameters, "transport")?.toLowerCase();
    // RFC 7118 §5: nobody can connect to a WebSocket client.
    if (asked === "ws" || asked === "wss") {
      return Promise.resolve(no(fault("sip-send-failed", "a WebSocket that is gone")));
    }
    const { random, resolver } = this.#site.world;
    return sipTargets(
      {
        host: parameter(uri.parameters, "maddr") ?? uri.host,
        port: uri.port,
        transport: asked === "udp" || asked === "tcp" || asked === "tls" ? asked : undefined,
        secure: uri.scheme === "sips",
        service: "any",
        allowed: ["udp", "tcp", "tls"],
      },
      { random, resolver },
    );
  }
}
