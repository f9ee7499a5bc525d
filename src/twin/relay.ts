import { Alarm } from "../base/wheel.ts";
import { readAddress } from "./address-text.ts";
import { answerLines, writeAnswer, writeResponse } from "./answer.ts";
import type { ClientLink } from "./client-link.ts";
import { diagnostic } from "./diagnostics.ts";
import type { Edge, Heard } from "./edge.ts";
import type { Link } from "./link.ts";
import { viasOf } from "./outgoing.ts";
import {
  cseqOf,
  type HeaderLine,
  lineOf,
  linesOf,
  plainName,
  valuesOf,
  type WireMessage,
  writeWire,
} from "./wire-message.ts";

/** A request of the other side that a client has to answer. */
type Delivered = {
  readonly client: ClientLink;
  readonly link: Link;
  readonly request: WireMessage;
  readonly late: Alarm;
};

const answerMs = 180_000;
const begunMax = 1_000;
const routed = new Set(["INVITE", "SUBSCRIBE", "NOTIFY"]);
/** What a front end takes off, or writes anew. */
const taken = new Set([
  "via",
  "from",
  "to",
  "route",
  "record-route",
  "max-forwards",
  "authorization",
  "proxy-authorization",
  "content-length",
]);

/**
 * The proxy between real clients and the edge (RFC 3261 §16): what a client writes leaves with the edge's Vias and signed
 * routes and is otherwise the client's own, and so does what the other side writes to it.
 */
export class Relay {
  readonly #edge: Edge;
  readonly #delivered = new Map<string, Delivered>();
  /** Call-IDs of the dialogs that clients began, the latest ones. */
  readonly #begun = new Set<string>();

  constructor(edge: Edge) {
    this.#edge = edge;
  }

  /** A client's request to somebody of the other side. */
  out(client: ClientLink, request: WireMessage) {
    const { method, uri, body } = request;
    const { quirks, profile } = this.#edge.parts;
    const { persona } = client;
    if (persona === undefined) return;
    const callId = lineOf(request, "call-id");
    const to = lineOf(request, "to");
    const opensDialog = !readAddress(to).parameters.has("tag") && (method === "INVITE" || method === "SUBSCRIBE");
    const own = this.#routesOf(request);
    const [via = "", ...vias] = valuesOf(request, "via");
    const { port } = client.connection.remote;
    const received = `${via};ms-received-port=${port};ms-received-cid=${client.cid}`;
    const parties: HeaderLine[] = [
      ["From", lineOf(request, "from")],
      ["To", to],
    ];
    const stack = [...viasOf(this.#edge.pen(), received), ...vias].map((each) => ["Via", each] as const);
    const hops = Number(lineOf(request, "max-forwards")) || 70;
    const asserted = `"${persona.display}"<${persona.uri.replace("sip:", "SIP:")}>,<tel:+15550100>`;
    const headers: HeaderLine[] = [
      ...(quirks["odd-order"] === 0 ? [...stack, ...parties] : [...parties, ...stack]),
      ...(routed.has(method) ? own : []).map((route) => ["RECORD-ROUTE", route] as const),
      ...valuesOf(request, "route")
        .filter((route) => !own.includes(route))
        .map((route) => ["Route", route] as const),
      ["Max-Forwards", String(hops - 1)],
      ...othersOf(request),
      ...(profile.microsoft
        ? [
            ["P-Asserted-Identity", asserted] as const,
            ["ms-asserted-verification-level", "ms-source-verified-user=verified"] as const,
          ]
        : []),
    ];
    const bytes = writeWire(`${method} ${uri} SIP/2.0`, headers, body);
    const passing = { method, uri, callId, opensDialog, headers, bytes, cseq: cseqOf(request).number };
    if (method === "ACK") return this.#edge.pass(passing);
    if (opensDialog) {
      this.#begun.add(callId);
      for (const oldest of this.#begun) if (this.#begun.size > begunMax) this.#begun.delete(oldest);
    }
    this.#edge.pass(passing, (heard) => this.#back(client, request, heard));
  }

  /** A request of the other side that is a client's; false when its route is not what was signed (R3). */
  in(client: ClientLink, link: Link, request: WireMessage): boolean {
    const { wheel, doors } = this.#edge.parts;
    const { method } = request;
    const routes = valuesOf(request, "route");
    const own = this.#routesOf(request);
    const inDialog = readAddress(lineOf(request, "to")).parameters.has("tag");
    // The ACK of a failure goes the way of its INVITE (RFC 3261 §17.1.1.3), and is of no more use to anybody.
    if (method === "ACK" && routes.length === 0) return true;
    if (inDialog && !isRoutedRight(request, own, client.gruu)) return false;
    if (inDialog && method !== "ACK") this.#inspect(client, request);
    const pen = this.#edge.pen();
    const [, pool = ""] = viasOf(pen, "");
    const headers: HeaderLine[] = [
      ["Via", pool],
      ...linesOf(request, "via").map((via) => ["Via", via] as const),
      ...(routed.has(method) ? own.toReversed() : []).map((route) => ["Record-Route", route] as const),
      ...linesOf(request, "record-route").map((route) => ["Record-Route", route] as const),
      ["From", lineOf(request, "from")],
      ["To", lineOf(request, "to")],
      ["Max-Forwards", String((Number(lineOf(request, "max-forwards")) || 70) - 1)],
      ...othersOf(request),
    ];
    if (method !== "ACK") {
      const key = keyOf(request);
      const late = new Alarm(() => this.#refuse(key, 408));
      this.#delivered.set(key, { client, link, request, late });
      wheel.set(late, answerMs);
    }
    if (method === "INVITE") link.send(this.#own(request, 100, doors.random.id()));
    client.send(`${method} ${client.gruu} SIP/2.0`, headers, request.body);
    return true;
  }

  /** What every request in a dialog with a Microsoft client has to carry (R5). */
  #inspect(client: ClientLink, request: WireMessage): void {
    const epid = readAddress(lineOf(request, "to")).parameters.get("epid");
    // In an answer pidgin-sipe says nothing of its epid: only where it has asked first is it known.
    if (epid === client.epid || !this.#begun.has(lineOf(request, "call-id"))) return;
    const what = `the client's epid did not come back in To of ${request.method}`;
    this.#edge.parts.violations.add("R5", what, lineOf(request, "call-id"));
  }

  /** A client's answer goes where the request came from. */
  answered(response: WireMessage): void {
    const { quirks, wheel } = this.#edge.parts;
    const key = keyOf(response);
    const delivered = this.#delivered.get(key);
    if (delivered === undefined) return;
    if (response.status >= 200) {
      this.#delivered.delete(key);
      wheel.clear(delivered.late);
    }
    const [, ...vias] = linesOf(response, "via");
    const lines: HeaderLine[] = [
      ...vias.map((via) => ["Via", via] as const),
      ...linesOf(response, "record-route").map((route) => ["Record-Route", route] as const),
      ["From", lineOf(response, "from")],
      ["To", lineOf(response, "to")],
      ...othersOf(response),
    ];
    const start = `SIP/2.0 ${response.status} ${response.reason}`;
    delivered.link.send(writeResponse(start, lines, response.body, quirks));
  }

  /** What a client that is gone has left unanswered is refused. */
  gone(client: ClientLink): void {
    for (const [key, delivered] of this.#delivered) if (delivered.client === client) this.#refuse(key, 480);
  }

  #refuse(key: string, status: number): void {
    const delivered = this.#delivered.get(key);
    if (delivered === undefined) return;
    this.#delivered.delete(key);
    this.#edge.parts.wheel.clear(delivered.late);
    delivered.link.send(this.#own(delivered.request, status, this.#edge.parts.doors.random.id()));
  }

  #own(request: WireMessage, status: number, tag: string): Buffer {
    const { profile, quirks } = this.#edge.parts;
    const diagnostics = status === 480 ? diagnostic(15) : undefined;
    return writeAnswer(request, { status, diagnostics }, { profile, quirks, host: this.#edge.pen().host, tag });
  }

  #back(client: ClientLink, request: WireMessage, heard: Heard) {
    if (typeof heard === "string") {
      const { profile, doors } = this.#edge.parts;
      const how = { profile, host: this.#edge.pen().host, tag: doors.random.id() };
      const answer = { status: heard === "timeout" ? 408 : 504, diagnostics: diagnostic(1007) };
      return client.send(...answerLines(request, answer, how), Buffer.alloc(0));
    }
    const headers: HeaderLine[] = [
      ...linesOf(request, "via").map((via) => ["Via", via] as const),
      ...linesOf(heard, "record-route").map((route) => ["Record-Route", route] as const),
      ["From", lineOf(heard, "from")],
      ["To", lineOf(heard, "to")],
      ...othersOf(heard),
    ];
    client.send(`SIP/2.0 ${heard.status} ${heard.reason}`, headers, heard.body);
  }

  /** The signed route of a dialog a client is in: signed with the tag of whoever began it. */
  #routesOf(request: WireMessage): readonly string[] {
    const callId = lineOf(request, "call-id");
    const tags = ["from", "to"].map((name) => readAddress(lineOf(request, name)).parameters.get("tag") ?? "");
    const [begun = [], ...others] = tags.map((tag) => this.#edge.routes(callId, tag));
    const said = [...valuesOf(request, "route"), `<${request.uri}>`];
    return others.find((routes) => routes.some((route) => said.includes(route))) ?? begun;
  }
}

function keyOf(message: WireMessage): string {
  const { number, method } = cseqOf(message);
  return `${lineOf(message, "call-id")} ${number} ${method}`;
}

function othersOf(message: WireMessage): readonly HeaderLine[] {
  return message.headers.filter(([name]) => !taken.has(plainName(name)));
}

/** R3, R4: the signed route and the client's own address, byte for byte. */
function isRoutedRight(request: WireMessage, own: readonly string[], gruu: string): boolean {
  const routes = valuesOf(request, "route").join("\n");
  const [edge, ...others] = own;
  if (edge === undefined || /;lr[;>]/.test(edge)) return request.uri === gruu && routes === own.join("\n");
  return `<${request.uri}>` === edge && routes === [...others, `<${gruu}>`].join("\n");
}
