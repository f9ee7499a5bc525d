import { fault } from "../base/fault.ts";
import type { Device } from "./device.ts";
import type { Parcel, Post } from "./parcel.ts";
import type { SessionView } from "./session-view.ts";

/** The name of the resource that stands for a person's telephones. */
export const phoneResource = "phone";

/** A person's telephone while it is off the hook, as others see it: one more device, which takes no messages. */
export class PhoneDevice implements Device {
  readonly jid: Parcel["to"];
  readonly available = false;
  /** RFC 6121 §8.5.2: below zero, messages to the person are not for it. */
  readonly priority = -1;
  interested = false;
  carbons = false;
  readonly hearsPresence = false;
  readonly sessions: readonly SessionView[] = [];
  readonly directed: Device["directed"] = new Map();
  presence: Device["presence"];
  show = "dnd";

  readonly #post: Post;

  constructor(post: Post, jid: Parcel["to"]) {
    this.#post = post;
    this.jid = jid;
  }

  /** What is sent to its full address cannot be shown there, and goes back. */
  deliver(parcel: Parcel): void {
    if (parcel.name !== "presence") this.#post.bounce(parcel, fault("service-unavailable"));
  }
}
