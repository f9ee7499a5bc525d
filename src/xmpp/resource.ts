/** What routing needs to know of one signed-in device of a local user (RFC 6120 §7, RFC 6121 §2.2, §4.2). */
export type Resource = {
  readonly jid: { readonly resource: string };
  /** It has sent available presence and not gone since (RFC 6121 §4.2). */
  readonly available: boolean;
  /** Priority of its last available presence, -128 to 127 (RFC 6121 §4.7.2.3). */
  readonly priority: number;
};

/** It takes messages to the bare address (RFC 6121 §8.5.2): available, and of a priority that is not negative. */
export function isOpen(device: Resource): boolean {
  return device.available && device.priority >= 0;
}
