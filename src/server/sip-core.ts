import type { Address } from "../base/address.ts";
import { fault } from "../base/fault.ts";
import { allowEvents } from "../sip/event-header.ts";
import type { Flow } from "./sip-flow.ts";
import type { SipGate } from "./sip-gate.ts";
import { refuse, refusedForOptions, type SipRequest } from "./sip-request.ts";
import type { RequestServer } from "./sip-transactions.ts";

/** What becomes of one method once its sender is known. */
export type Served = (request: SipRequest, person: Address) => void;

/** The services behind the core, by method. */
export type Services = {
  readonly register: Served;
  readonly message: Served;
  readonly publish: Served;
  readonly subscribe: Served;
  /** A PUBLISH from a call manager that is trusted by address and certificate; false when it is none. */
  readonly phone: (request: SipRequest) => boolean;
  /** A request whose sender is of another domain; false when it is one of ours, or says nothing that can be read. */
  readonly foreign: (request: SipRequest) => boolean;
  readonly flowClosed: (flow: Flow) => void;
};

/** RFC 3261 §20.5 */
export const allow = "REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH, OPTIONS, CANCEL, ACK";

const capabilities =
  `Allow: ${allow}\r\n` +
  "Accept: text/plain, text/html, message/cpim, message/imdn+xml, application/im-iscomposing+xml, application/pidf+xml\r\n" +
  "Supported: path, outbound, gruu, eventlist, recipient-list-subscribe\r\n" +
  `Allow-Events: ${allowEvents}\r\n`;

/** Which service a request is for, and whether its sender has to be known (RFC 3261 §8.2). */
export class SipCore implements RequestServer {
  readonly #gate: SipGate;
  readonly #services: Services;

  constructor(gate: SipGate, services: Services) {
    this.#gate = gate;
    this.#services = services;
  }

  request(request: SipRequest): void {
    const { message } = request;
    const { method } = message;
    if (method === "BENOTIFY") {
      this.#services.foreign(request); // R11: never answered, whoever it is from
      return;
    }
    const services = this.#services;
    if (services.foreign(request)) return;
    if (refusedForOptions(request)) return;
    switch (method) {
      case "REGISTER":
        this.#gate.admit(request, "www", (person) => services.register(request, person));
        return;
      case "MESSAGE":
        this.#gate.admit(request, "proxy", (person) => services.message(request, person));
        return;
      case "SUBSCRIBE":
        this.#gate.admit(request, "proxy", (person) => services.subscribe(request, person));
        return;
      case "PUBLISH":
        if (!services.phone(request)) this.#gate.admit(request, "proxy", (person) => services.publish(request, person));
        return;
      case "OPTIONS":
        // A sign of life: answered to anybody, in as few bytes as were asked (sipsak, load balancers, clients).
        request.respond(200, { headers: capabilities });
        return;
      case "INVITE":
        // R17: calls are not taken here. Answered without state (RFC 3261 §8.2.7), so that nobody can have answers sent again
        // and again to an address that is not theirs.
        refuse(request, fault(message.toTag === "" ? "sip-not-acceptable-here" : "sip-no-dialog"));
        return;
      case "NOTIFY":
      case "CANCEL":
      case "BYE":
      case "INFO":
      case "UPDATE":
      case "PRACK":
      case "REFER":
        refuse(request, fault("sip-no-dialog"));
        return;
      default:
        // R8: NEGOTIATE among them; the connection stays.
        refuse(request, fault("sip-method", method.slice(0, 32)), `Allow: ${allow}\r\n`);
    }
  }

  flowClosed(flow: Flow): void {
    this.#services.flowClosed(flow);
  }
}
