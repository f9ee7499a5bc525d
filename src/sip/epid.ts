import { createHash } from "node:crypto";

/**
 * The endpoint identifier a Microsoft server wants in From and To (sip-wire R5, [MS-SIPRE] 2.2.1): 12 hex digits, the same for
 * one person of ours at every time and on every node, since there a person of ours is one endpoint whatever devices they have.
 */
export function epidOf(person: string): string {
  return createHash("sha256").update(person).digest("hex").slice(0, 12);
}
