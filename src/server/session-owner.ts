import type { Address } from "../base/address.ts";
import type { Result } from "../base/result.ts";
import type { Setup } from "../xmpp/c2s-stream.ts";
import type { Admission } from "./admission.ts";
import type { DeviceTraffic } from "./device-traffic.ts";

/** What a client connection (`Session`) needs of the node. */
export interface SessionOwner<Session> {
  readonly admission: Pick<Admission, "mayTry" | "failed">;
  setup(): Setup;
  /** RFC 6120 §7: gives the session a resource, its own or the one asked for. */
  bind(session: Session, address: Address, asked: string | undefined): Promise<Result<DeviceTraffic>>;
  /** XEP-0198 §5: the session of that id; undefined when there is none that this person may go on with. */
  resume(session: Session, address: Address, previd: string, h: number): DeviceTraffic | undefined;
  /** The client may come back within `ms` after its connection is lost. Answers the id to come back with. */
  resumable(traffic: DeviceTraffic, ms: number): string;
  /** `orderly`: the client closed its stream and will not resume. */
  closed(session: Session, orderly: boolean): void;
}
