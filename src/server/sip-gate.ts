import { type Address, parseAddress } from "../base/address.ts";
import type { DomainName } from "../base/domain-name.ts";
import { type Fault, fault } from "../base/fault.ts";
import type { DigestVerifier } from "../base/store.ts";
import { codesOf } from "../sip/characters.ts";
import { type Credentials, challengeHeaders, isProofOf, offeredTo, readCredentials } from "../sip/digest.ts";
import { Nonces } from "../sip/digest-nonce.ts";
import type { SipMessage } from "../sip/message.ts";
import { personNamed } from "../sip/person-named.ts";
import type { Admission } from "./admission.ts";
import type { Flow } from "./sip-flow.ts";
import { refuse, type SipRequest } from "./sip-request.ts";
import { SipVerifiers } from "./sip-verifiers.ts";
import type { Site } from "./site.ts";

/** An HTTP request that has to prove who sends it (RFC 7616). */
export type HttpAsk = {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly authorization: readonly string[];
  /** The domain whose people may ask. */
  readonly realm: DomainName;
  readonly body: Uint8Array;
  /** Where it comes from. */
  readonly address: string;
};

export type HttpProof =
  | { readonly ok: true; readonly who: Address }
  | { readonly ok: false; readonly status: 401 | 403; readonly headers: Readonly<Record<string, string>> };

/**
 * Nobody is served before they have proved who they are (RFC 3261 §22): by digest, once per connection, or with every
 * request over UDP, where addresses can be forged. What comes before the proof costs one hash and no memory.
 */
export class SipGate {
  readonly verifiers: SipVerifiers;
  readonly #site: Site;
  readonly #admission: Admission;
  readonly #nonces: Nonces;

  constructor(site: Site, admission: Admission) {
    this.#site = site;
    this.#admission = admission;
    this.verifiers = new SipVerifiers(site);
    // A secret of this run: what forgets the uses of nonces must not take old nonces.
    this.#nonces = new Nonces(site.world.random.bytes(32), site.settings.limits);
  }

  /**
   * Lets a request through once its sender is proved: the person of From, or for REGISTER that of To. Otherwise it is
   * answered here. `kind`: 401 as the server itself, 407 as a proxy for others.
   */
  admit(request: SipRequest, kind: "www" | "proxy", then: (person: Address) => void): void {
    const { message, flow } = request;
    const claimed = message.method === "REGISTER" ? message.to : message.from;
    const person = claimed === undefined ? undefined : personNamed(claimed.uri);
    if (person?.ok !== true) {
      refuse(request, fault("sip-address-incomplete"));
      return;
    }
    const who = person.value;
    if (!this.#site.isLocal(who.domain)) {
      refuse(request, fault("sip-not-yours", who.domain));
      return;
    }
    if (flow.person?.text === who.text || flow.others?.has(who.text) === true) {
      this.#through(request, who, then);
      return;
    }
    const credentials = readCredentials(message, kind, who.domain, this.#site.settings.digests);
    if (credentials === undefined) {
      this.#challenge(request, kind, who, false);
      return;
    }
    const now = this.#site.world.clock.monotonicMs();
    if (this.#nonces.judge(credentials.nonce, now, flow.remote.address) === "stale") {
      this.#challenge(request, kind, who, true);
      return;
    }
    if (!this.#admission.mayTry(flow.remote.address)) {
      this.#failed(request, who, fault("sasl-too-many-tries", flow.remote.address));
      return;
    }
    const named = nameOf(credentials, who);
    const known = this.verifiers.peek(who.text);
    if (known !== undefined) {
      this.#judge(request, kind, credentials, named ? known : [], who, then);
      return;
    }
    if (!request.hold()) return;
    this.verifiers.find(who.text).then(
      (found) => this.#judge(request, kind, credentials, named ? (found ?? []) : [], who, then),
      (error) => {
        this.#site.storeFailed(error);
        refuse(request, fault("store-unavailable"));
      },
    );
  }

  /** The same for HTTP, where the name in the credentials says who it is. Rejects when the store fails. */
  async proveHttp({ method, target, authorization, realm, body, address }: HttpAsk): Promise<HttpProof> {
    const { clock, random } = this.#site.world;
    const algorithms = this.#site.settings.digests;
    const challenged = (stale: boolean): HttpProof => {
      const nonce = this.#nonces.make(clock.monotonicMs(), random, address);
      const lines = challengeHeaders("www", { realm, nonce, algorithms, stale });
      const values = lines.split("\r\n").flatMap((line) => /^[^:]+: (.+)$/.exec(line)?.[1] ?? []);
      return { ok: false, status: 401, headers: { "WWW-Authenticate": values.join(", ") } };
    };
    const each: SipMessage["each"] = (_name, read) =>
      authorization.map((text) => read(codesOf(text), text, 0, text.length));
    const message = { uri: target, each };
    const credentials = readCredentials(message, "www", realm, algorithms);
    if (credentials === undefined) return challenged(false);
    if (this.#nonces.judge(credentials.nonce, clock.monotonicMs(), address) === "stale") return challenged(true);
    const { username } = credentials;
    const who = parseAddress(username.includes("@") ? username : `${username}@${realm}`);
    if (!who.ok || who.value.domain !== realm || !this.#admission.mayTry(address)) {
      return { ok: false, status: 403, headers: {} };
    }
    const verifiers = this.verifiers.peek(who.value.text) ?? (await this.verifiers.find(who.value.text)) ?? [];
    if (!isProofOf(credentials, verifiers, method, body)) {
      this.#admission.failed(address);
      this.#site.log("warn", "sign-in failed", { who: who.value.text, mechanism: "digest", address, at: "xcap" });
      return challenged(false);
    }
    return this.#nonces.use(credentials, clock.monotonicMs(), address)
      ? { ok: true, who: who.value }
      : challenged(true);
  }

  #judge(
    request: SipRequest,
    kind: "www" | "proxy",
    credentials: Credentials,
    verifiers: readonly DigestVerifier[],
    who: Address,
    then: (person: Address) => void,
  ): void {
    const { message } = request;
    if (!isProofOf(credentials, verifiers, message.method, message.body)) {
      this.#failed(request, who, fault("sip-digest-failed", who.text));
      return;
    }
    if (!this.#nonces.use(credentials, this.#site.world.clock.monotonicMs(), request.flow.remote.address)) {
      this.#rejected(fault("sip-replay"));
      this.#challenge(request, kind, who, true);
      return;
    }
    const { flow } = request;
    flow.admitted = true;
    if (flow.reliable) {
      if (flow.person?.text !== who.text) this.#signedIn(request, who);
      remember(flow, who, this.#site.settings.limits.sipPeoplePerConnectionMax);
    }
    this.#through(request, who, then);
  }

  #through(request: SipRequest, who: Address, then: (person: Address) => void): void {
    request.person = who;
    then(who);
  }

  #signedIn({ flow }: SipRequest, who: Address): void {
    this.#site.world.metrics.series("comity_sign_ins_total", "digest", "ok").add(1);
    this.#site.log("info", "signed in", {
      who: who.text,
      mechanism: "digest",
      address: flow.remote.address,
      transport: flow.transport,
    });
  }

  #failed(request: SipRequest, who: Address, why: Fault): void {
    const { address } = request.flow.remote;
    const times = this.#admission.failed(address);
    this.#site.world.metrics.series("comity_sign_ins_total", "digest", why.code).add(1);
    // Over UDP nobody can be hung up on: of who goes on trying it is told once a minute, however much came at once.
    const isTold =
      why.code === "sasl-too-many-tries"
        ? this.#admission.refused(address)
        : times <= this.#site.settings.limits.saslTriesPerAddressPerMinuteMax;
    if (isTold) {
      this.#site.log("warn", "sign-in failed", { who: who.text, mechanism: "digest", address, fault: why.code });
    }
    refuse(request, why);
  }

  #rejected(why: Fault): void {
    this.#site.world.metrics.series("comity_sip_rejected_total", why.code).add(1);
  }

  #challenge(request: SipRequest, kind: "www" | "proxy", who: Address, stale: boolean): void {
    const { clock, random } = this.#site.world;
    const nonce = this.#nonces.make(clock.monotonicMs(), random, request.flow.remote.address);
    const algorithms = offeredTo(request.message.header("user-agent") ?? "", this.#site.settings.digests);
    const challenge = { realm: who.domain, nonce, algorithms, stale };
    request.respond(kind === "www" ? 401 : 407, { headers: challengeHeaders(kind, challenge) });
  }
}

/** Notes who has proved who they are on a connection; of too many the first are forgotten, and asked again. */
function remember(flow: Flow, who: Address, most: number): void {
  const last = flow.person;
  flow.person = who;
  if (last === undefined || last.text === who.text) return;
  flow.others ??= new Set();
  const { others } = flow;
  others.delete(who.text);
  others.add(last.text);
  for (const first of others) {
    if (others.size < most) break;
    others.delete(first);
  }
}

/** Whether the user name is the person's own: "alice", or "alice@ours.example". */
function nameOf({ username }: Credentials, who: Address): boolean {
  if (username === who.local || username === who.text) return true;
  const whole = parseAddress(username.includes("@") ? username : `${username}@${who.domain}`);
  return whole.ok && whole.value.text === who.text;
}
