import { createCipheriv, createDecipheriv, hash } from "node:crypto";
import { sameBytes } from "../base/bytes.ts";
import type { StoredBinding } from "../base/store.ts";
import { instanceOf } from "./binding.ts";
import { parameter } from "./parameters.ts";
import { type SipUri, unescaped } from "./uri.ts";

/**
 * What a GRUU (RFC 5627) leads to: one device of one person. `user` is that person's user part as in `aor`, escaped; of a public
 * one it stands in the GRUU itself.
 */
export type Gruu = {
  readonly user: string;
  /** Whether it leads to the device of this binding. Of several the one that registered last is to be taken (§5.4). */
  leadsTo(binding: StoredBinding): boolean;
};

const prefix = "tgruu.";
const ivBytes = 16;
const instanceBytes = 8;
const callIdBytes = 4;
const numberBytes = 4;
const userAt = instanceBytes + callIdBytes + numberBytes;
const userBytesMax = 512;
const instanceForm = /^<([!-;=?-~]{1,256})>$/;

/** What may stand in a URI parameter unescaped (RFC 3261 §25.1 paramchar). */
const unreserved = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/g;

function escaped(text: string): string {
  return text.replace(
    unreserved,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/**
 * The public GRUU of a device (RFC 5627 §3.1.1), always the same. `aor`: the person's address, "sip:alice@ours.example".
 * Undefined for an instance that is no URI in "<>".
 */
export function publicGruu(aor: string, instance: string): string | undefined {
  const name = instanceForm.exec(instance)?.[1];
  return name === undefined ? undefined : `${aor};gr=${escaped(name)}`;
}

/**
 * A temporary GRUU (RFC 5627 §3.1.2), which does not tell whose it is: everything needed to route by it stands in it, encrypted
 * (AES-256-CTR under a synthetic IV, as in RFC 5297), so it is another one at each refresh, needs no memory and outlives
 * restarts. It is good while the device is registered under the same Call-ID (§5.1). `secret`: 32 random bytes, kept.
 * Undefined for people whose name is so long that no such URI would have room.
 */
export function temporaryGruu(aor: string, binding: StoredBinding, secret: Uint8Array): string | undefined {
  const user = aor.slice(aor.indexOf(":") + 1, aor.lastIndexOf("@"));
  const length = Buffer.byteLength(user);
  if (length > userBytesMax) return undefined;
  const plain = Buffer.alloc(userAt + length);
  plain.set(digestOf(instanceOf(binding), instanceBytes), 0);
  plain.set(digestOf(binding.callId, callIdBytes), instanceBytes);
  plain.writeUInt32BE(binding.cseq >>> 0, instanceBytes + callIdBytes);
  plain.write(user, userAt);
  const iv = ivOf(plain, secret);
  const cipher = createCipheriv("aes-256-ctr", keyOf("encrypt", secret), iv);
  return `sip:${prefix}${iv.toString("hex")}${cipher.update(plain).toString("hex")}${aor.slice(aor.lastIndexOf("@"))};gr`;
}

/** What a URI leads to when it is a GRUU of ours; its domain is for the caller to look at. Undefined when it is none. */
export function readGruu(uri: SipUri, secret: Uint8Array): Gruu | undefined {
  const gr = parameter(uri.parameters, "gr");
  if (gr === undefined || uri.user === "") return undefined;
  if (gr === "") return readTemporary(uri.user, secret);
  const name = unescaped(gr);
  if (name === undefined) return undefined;
  return { user: uri.user, leadsTo: (binding) => instanceOf(binding) === `<${name}>` };
}

const temporaryForm = /^tgruu\.((?:[0-9a-f]{2}){33,544})$/;

function readTemporary(user: string, secret: Uint8Array): Gruu | undefined {
  const text = temporaryForm.exec(user)?.[1];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "hex");
  const iv = bytes.subarray(0, ivBytes);
  const plain = createDecipheriv("aes-256-ctr", keyOf("encrypt", secret), iv).update(bytes.subarray(ivBytes));
  if (!sameBytes(ivOf(plain, secret), iv)) return undefined;
  const instance = plain.subarray(0, instanceBytes);
  const callId = plain.subarray(instanceBytes, instanceBytes + callIdBytes);
  return {
    user: plain.toString("utf8", userAt),
    leadsTo: (binding) =>
      sameBytes(digestOf(instanceOf(binding), instanceBytes), instance) &&
      sameBytes(digestOf(binding.callId, callIdBytes), callId),
  };
}

function keyOf(use: string, secret: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([secret, Buffer.from(use)]), "buffer");
}

/** Cut to half, so that nothing can be added to what it was made over. */
function ivOf(plain: Uint8Array, secret: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([keyOf("authenticate", secret), plain]), "buffer").subarray(0, ivBytes);
}

function digestOf(text: string, bytes: number): Buffer {
  return hash("sha256", text, "buffer").subarray(0, bytes);
}
