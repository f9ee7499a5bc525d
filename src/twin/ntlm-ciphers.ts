/**
 * MD4 (RFC 1320) and, below, RC4: MS-NLMP needs both, and today's OpenSSL no longer hands them out. They protect nothing
 * here but a rehearsal.
 */
export function md4(message: Uint8Array): Buffer {
  const padded = Buffer.alloc(((message.length + 72) >> 6) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeUInt32LE((message.length << 3) >>> 0, padded.length - 8);
  padded.writeUInt32LE(Math.floor(message.length / 2 ** 29), padded.length - 4);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let from = 0; from < padded.length; from += 64) {
    const words = Array.from({ length: 16 }, (_, at) => padded.readUInt32LE(from + 4 * at));
    const [a, b, c, d] = rounds.reduce((now, round) => turned(now, words, round), [...state] as Quad);
    [a, b, c, d].forEach((word, at) => {
      state[at] = ((state[at] ?? 0) + word) >>> 0;
    });
  }
  const digest = Buffer.alloc(16);
  state.forEach((word, at) => {
    digest.writeUInt32LE(word, 4 * at);
  });
  return digest;
}

type Quad = [number, number, number, number];
type Round = {
  readonly mix: (x: number, y: number, z: number) => number;
  readonly plus: number;
  /** Which word each step takes, and by how much it turns. */
  readonly order: readonly number[];
  readonly shifts: readonly number[];
};

const rounds: readonly Round[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    plus: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    plus: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    plus: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

function turned(from: Quad, words: readonly number[], { mix, plus, order, shifts }: Round): Quad {
  let [a, b, c, d] = from;
  order.forEach((word, step) => {
    const sum = (a + mix(b, c, d) + (words[word] ?? 0) + plus) | 0;
    const by = shifts[step % 4] ?? 0;
    [a, b, c, d] = [d, (sum << by) | (sum >>> (32 - by)), b, c];
  });
  return [a, b, c, d];
}

/** RC4, from its first byte: enciphers and deciphers. */
export function rc4(key: Uint8Array, text: Uint8Array): Buffer {
  const box = Uint8Array.from({ length: 256 }, (_, at) => at);
  const swap = (one: number, other: number) => {
    const held = box[one] ?? 0;
    box[one] = box[other] ?? 0;
    box[other] = held;
  };
  for (let at = 0, other = 0; at < 256; at++) {
    other = (other + (box[at] ?? 0) + (key[at % key.length] ?? 0)) & 255;
    swap(at, other);
  }
  let one = 0;
  let other = 0;
  return Buffer.from(text).map((byte) => {
    one = (one + 1) & 255;
    other = (other + (box[one] ?? 0)) & 255;
    swap(one, other);
    return byte ^ (box[((box[one] ?? 0) + (box[other] ?? 0)) & 255] ?? 0);
  }) as Buffer;
}
