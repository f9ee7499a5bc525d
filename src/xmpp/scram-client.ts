import { base64, fromBase64, utf8 } from "../base/bytes.ts";
import { clientProof, type ScramHash } from "./scram-keys.ts";

/** SCRAM, the client's side (RFC 5802 §3), in two steps: for tests, load drivers and stand-ins. */
export type ClientTerms = {
  readonly hash: ScramHash;
  readonly name: string;
  readonly nonce: string;
  /** "n,,", "y,," or "p=<type>,,", with an authzid where one is wanted. */
  readonly header: string;
  /** The channel's value with "p=". */
  readonly binding?: Uint8Array;
};

function bare({ name, nonce }: ClientTerms): string {
  return `n=${name.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
}

/** The client's first message. */
export function clientFirst(terms: ClientTerms): string {
  return terms.header + bare(terms);
}

/** What the server's challenge asks for; undefined when it is none, or not to us. */
export function readChallenge(
  terms: ClientTerms,
  challenge: string,
): { readonly salt: Uint8Array; readonly iterations: number; readonly nonce: string } | undefined {
  const [, nonce = "", saltText = "", iterations] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(challenge) ?? [];
  const salt = fromBase64(saltText);
  if (salt === undefined || iterations === undefined || !nonce.startsWith(terms.nonce)) return undefined;
  return { salt, iterations: Number(iterations), nonce };
}

/** The client's final message and the answer that proves the server. `salted`: PBKDF2 of what `readChallenge` said. */
export function clientFinal(
  terms: ClientTerms,
  challenge: string,
  salted: Uint8Array,
): { readonly message: string; readonly expected: string } {
  const nonce = readChallenge(terms, challenge)?.nonce ?? "";
  const channel = base64(Buffer.concat([utf8(terms.header), terms.binding ?? new Uint8Array()]));
  const withoutProof = `c=${channel},r=${nonce}`;
  const { proof, signature } = clientProof(terms.hash, salted, `${bare(terms)},${challenge},${withoutProof}`);
  return { message: `${withoutProof},p=${base64(proof)}`, expected: `v=${base64(signature)}` };
}
