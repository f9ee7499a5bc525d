import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { md4, rc4 } from "./ntlm-ciphers.ts";

/**
 * NTLM version 2 without connections, as MS-SIPAE carries it: the server challenges, the client proves that it knows the
 * password, and with these keys both sign what they say from then on. MS-NLMP §2.2.1, §3.3.2, §3.4.
 */
export type NtlmKeys = {
  readonly clientSign: Uint8Array;
  readonly clientSeal: Uint8Array;
  readonly serverSign: Uint8Array;
  readonly serverSeal: Uint8Array;
};

/** Who proved to know the password. */
export type Proved = { readonly user: string; readonly keys: NtlmKeys };

const signature = Buffer.from("NTLMSSP\0", "latin1");
/**
 * NEGOTIATE_ UNICODE, SIGN, DATAGRAM, NTLM, ALWAYS_SIGN, EXTENDED_SESSIONSECURITY, IDENTIFY, TARGET_INFO, VERSION, 128,
 * KEY_EXCH and 56; REQUEST_TARGET and TARGET_TYPE_DOMAIN.
 */
const flags = 0xe2998255;
/** Of the Windows that Lync 2010 ran on: 6.1.7601, NTLM revision 15. */
const version = Buffer.from([6, 1, 0xb1, 0x1d, 0, 0, 0, 15]);
/** MS-SIPAE: every message is signed under the same number. */
const sequence = 100;

/** CHALLENGE_MESSAGE (MS-NLMP §2.2.1.2). `challenge` is 8 bytes of chance. */
export function challengeMessage(challenge: Uint8Array, domain: string, host: string): Buffer {
  const target = utf16(netbios(domain));
  const info = Buffer.concat([
    pair(2, netbios(domain)),
    pair(1, netbios(host)),
    pair(4, domain),
    pair(3, host),
    Buffer.alloc(4),
  ]);
  const head = Buffer.alloc(56);
  signature.copy(head);
  head.writeUInt32LE(2, 8);
  field(head, 12, target.length, head.length);
  head.writeUInt32LE(flags, 20);
  head.set(challenge, 24);
  field(head, 40, info.length, head.length + target.length);
  version.copy(head, 48);
  return Buffer.concat([head, target, info]);
}

/** Judges an AUTHENTICATE_MESSAGE (§2.2.1.3): who it is and the keys; undefined when the password was another one. */
export function judgeAuthenticate(message: Buffer, challenge: Uint8Array, password: string): Proved | undefined {
  if (message.length < 64 || !message.subarray(0, 8).equals(signature) || message.readUInt32LE(8) !== 3) {
    return undefined;
  }
  const [response, domain, user, sealed] = [20, 28, 36, 52].map((at) => fieldIn(message, at));
  if (response === undefined || domain === undefined || user === undefined || sealed?.length !== 16) return undefined;
  // NTLMv2_RESPONSE: 16 bytes of proof, then what was proved over (§2.2.2.8).
  if (response.length < 44) return undefined;
  const name = user.toString("utf16le");
  const key = hmac(md4(utf16(password)), utf16(name.toUpperCase() + domain.toString("utf16le")));
  const proof = hmac(key, Buffer.concat([challenge, response.subarray(16)]));
  if (!timingSafeEqual(proof, response.subarray(0, 16))) return undefined;
  const session = rc4(hmac(key, proof), sealed);
  const keyed = (direction: string, use: string) =>
    md5(session, `session key to ${direction} ${use} key magic constant\0`);
  return {
    user: name,
    keys: {
      clientSign: keyed("client-to-server", "signing"),
      clientSeal: keyed("client-to-server", "sealing"),
      serverSign: keyed("server-to-client", "signing"),
      serverSeal: keyed("server-to-client", "sealing"),
    },
  };
}

/** The signature over a text, in hexadecimal (§3.4.4.2, with key exchange, without a connection). */
export function sign(text: string, signKey: Uint8Array, sealKey: Uint8Array): string {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(sequence);
  const sum = hmac(signKey, Buffer.concat([number, Buffer.from(text)])).subarray(0, 8);
  const handle = createHash("md5").update(sealKey).update(number).digest();
  return Buffer.concat([Buffer.from([1, 0, 0, 0]), rc4(handle, sum), number]).toString("hex");
}

function field(head: Buffer, at: number, length: number, offset: number): void {
  head.writeUInt16LE(length, at);
  head.writeUInt16LE(length, at + 2);
  head.writeUInt32LE(offset, at + 4);
}

function fieldIn(message: Buffer, at: number): Buffer | undefined {
  const [length, offset] = [message.readUInt16LE(at), message.readUInt32LE(at + 4)];
  return offset + length > message.length ? undefined : message.subarray(offset, offset + length);
}

function pair(id: number, text: string): Buffer {
  const value = utf16(text);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** The first label in capitals, as Windows called machines before DNS. */
function netbios(name: string): string {
  return (name.split(".")[0] ?? "").slice(0, 15).toUpperCase();
}

function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

function hmac(key: Uint8Array, text: Uint8Array): Buffer {
  return createHmac("md5", key).update(text).digest();
}

function md5(key: Uint8Array, text: string): Buffer {
  return createHash("md5").update(key).update(text, "latin1").digest();
}
