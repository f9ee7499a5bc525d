import type { Fault } from "../src/base/fault.ts";
import { type Limits, limitsWith } from "../src/base/limits.ts";
import type { Element } from "../src/xml/element.ts";
import { Framer, type Stanza, type StreamHeader } from "../src/xml/framer.ts";
import { readStanza } from "../src/xml/reader.ts";

/** What came out of a framer, in a form to compare. */
export type Frames = {
  header?: StreamHeader;
  stanzas: { readonly envelope: Omit<Stanza, "bytes">; readonly bytes: string; readonly tree: Element }[];
  closed: boolean;
  fault?: Fault;
  pending: number;
};

/** Runs a framer over the pieces. */
export function framesOf(pieces: readonly Uint8Array[], changes: Partial<Limits> = {}): Frames {
  const frames: Frames = { stanzas: [], closed: false, pending: 0 };
  const limits = limitsWith(changes);
  const framer = new Framer(
    {
      onOpen(header) {
        frames.header = header;
        return true;
      },
      onStanza(stanza) {
        const { bytes, ...envelope } = stanza;
        const around = frames.header ?? { contentNs: "", prefixes: {} };
        frames.stanzas.push({ envelope, bytes: bytes.toString("latin1"), tree: readStanza(stanza, around) });
        return true;
      },
      onClose() {
        frames.closed = true;
      },
    },
    limits,
  );
  framer.stanzaBytesMax = limits.stanzaBytesMax;
  for (const piece of pieces) {
    const failed = framer.push(piece);
    if (failed === undefined) continue;
    frames.fault = failed;
    break;
  }
  frames.pending = framer.pending;
  return frames;
}

/** The bytes cut at these places. */
export function cut(whole: Uint8Array, ...places: readonly number[]): Uint8Array[] {
  const ends = [...places, whole.length];
  return ends.map((end, i) => whole.subarray(i === 0 ? 0 : ends[i - 1], end));
}
