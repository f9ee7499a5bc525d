import { afterSpaceIn } from "./characters.ts";
import { fieldSize } from "./header-index.ts";
import { viaId, written } from "./header-names.ts";
import type { SipMessage } from "./message.ts";
import type { MessageWriter } from "./message-writer.ts";

/**
 * Writes a line otherwise than it came, from `from` on, where what is taken of the message begins, up to its line end; its value
 * begins behind `colon`, its line ends at `end`. False, and nothing is written, where it stays as it is.
 */
export type LineWriter = (id: number, from: number, colon: number, end: number) => boolean;

/**
 * Copies header lines of a message byte for byte, in their order, under their long names: the first of each of these headers, of
 * Via all of them. What needs no change and follows one another is taken in one piece.
 *
 * @param wanted the bits of headers whose numbers are below 32
 * @param another the number of one more, 0 for none
 * @param changed the bits of those whose first line `write` may write
 */
export function copyLines(
  into: MessageWriter,
  message: SipMessage,
  wanted: number,
  another = 0,
  changed = 0,
  write: LineWriter = unchanged,
): void {
  const { bytes } = message;
  const { fields } = message.index;
  let from = 0; // the piece that is to be taken
  let to = 0;
  let seen = 0;
  for (let at = 0; at < fields.length; at += fieldSize) {
    const id = fields[at] as number;
    // Nothing has the number 0: its bit is that of the one more.
    const bit = id < 32 ? wanted & (1 << id) : id === another ? 1 : 0;
    if (bit === 0 || ((seen & bit) !== 0 && id !== viaId)) continue;
    const isFirst = (seen & bit) === 0;
    seen |= bit;
    const line = fields[at + 1] as number;
    const colon = fields[at + 2] as number;
    const end = fields[at + 3] as number;
    const name = written[id] as string;
    if (colon - line !== name.length - 1 || (bytes[colon - 2] as number) <= 0x20) {
      // A compact form, or white space before the colon, or both ("t :"): the name is written anew.
      into.bytes(bytes, from, to).text(name);
      from = afterSpaceIn(bytes, colon, end);
    } else if (line !== to) {
      into.bytes(bytes, from, to);
      from = line;
    }
    to = end;
    if (isFirst && (bit & changed) !== 0 && write(id, from, colon, end)) from = end - 2; // its line end is still to come
  }
  into.bytes(bytes, from, to);
}

function unchanged(): boolean {
  return false;
}
