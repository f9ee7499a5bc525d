/** One DER element: an identifier byte and contents (X.690 §8.1). */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(contents);
  const length = value.byteLength;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 + digits.length, ...digits]), value]);
}

/** An OBJECT IDENTIFIER from its dotted form (X.690 §8.19). */
export function writeOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(128 + (left % 128));
    return digits;
  });
  return writeDer(0x06, Uint8Array.from(bytes));
}
