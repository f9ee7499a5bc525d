import type { Fault } from "../base/fault.ts";
import type { Limits } from "../base/limits.ts";
import { Stanza } from "./stanza.ts";
import { StartTag } from "./start-tag.ts";
import { headerOf, type StreamHeader } from "./stream-header.ts";

/** Who gets the frames, in order. `false` stops after this frame: the rest is kept until `resume`. */
export interface FrameSink {
  onOpen(header: StreamHeader): boolean;
  onStanza(stanza: Stanza): boolean;
  onClose(): void;
}

// How far the stream has come.
export const beforeHeader = 0;
export const open = 1;
export const over = 2;

/** What is open: the stream, its stanza, the elements inside. Tells the sink when a frame is complete. */
export class Nesting {
  /** `beforeHeader`, `open` or `over`. */
  stage = beforeHeader;
  /** Elements open inside the stream; 0 between stanzas. */
  depth = 0;
  /** Where the unfinished element begins; the position when there is none. */
  base = 0;
  /** The sink wants no more for now. */
  stopped = false;
  /** Somebody asked for more while the sink was still looking at the last frame. */
  resumed = false;
  /** The start tag being read. */
  readonly tag: StartTag;
  readonly #sink: FrameSink;
  /** For each open element its name: place from the stanza's start, and size. */
  readonly #names: number[] = [];
  #streamName: Buffer = Buffer.alloc(0);

  constructor(sink: FrameSink, limits: Pick<Limits, "xmlAttributesMax" | "xmlPrefixesMax">) {
    this.#sink = sink;
    this.tag = new StartTag(limits);
  }

  /** Where in the stream something stands that is in no element, in words. */
  get where(): string {
    if (this.stage === beforeHeader) return "before the stream header";
    return this.stage === open ? "between stanzas" : "after the end of the stream";
  }

  restart(): void {
    this.stage = beforeHeader;
    this.depth = 0;
    this.tag.stanza = undefined;
    this.tag.scope.under({});
  }

  /** A start tag has this name, its prefix up to `colon`; places count from the element's start. */
  named(at: number, end: number, colon: number): void {
    if (this.depth === 0 && this.stage === open) this.tag.stanza = new Stanza();
    this.#names[2 * this.depth] = at;
    this.#names[2 * this.depth + 1] = end - at;
    this.tag.begin(this.depth + 1, at, end, colon);
  }

  /**
   * Compares an end tag's name, which begins at `mark`, as far as the bytes go, with that of the innermost start tag
   * (XML 1.0 §3, Element Type Match). Answers the first position that does not fit, the end of the name, or `end`.
   */
  fits(from: Buffer, mark: number, start: number, end: number): number {
    const outer = this.depth === 0;
    const opened = outer ? this.#streamName : from;
    const at = outer ? 0 : this.base + (this.#names[2 * this.depth - 2] as number);
    let position = start;
    const most = Math.min(end, mark + this.size);
    while (position < most && from[position] === opened[at + position - mark]) position++;
    return position;
  }

  /** Bytes of the innermost open element's name. */
  get size(): number {
    return this.depth === 0 ? this.#streamName.length : (this.#names[2 * this.depth - 1] as number);
  }

  /** The start tag is complete, up to `position`: the header's, a stanza's, or one inside. */
  started(from: Buffer, position: number, isEmpty: boolean): Fault | undefined {
    const failed = this.tag.end(from, this.base);
    if (failed !== undefined) return failed;
    if (this.stage === beforeHeader) {
      this.#header(from, position, isEmpty);
      return undefined;
    }
    if (this.depth === 0) {
      const stanza = this.tag.stanza as Stanza;
      stanza.headEnd = position - this.base;
      stanza.empty = isEmpty;
    }
    if (!isEmpty) this.depth++;
    else if (this.depth === 0) this.#complete(from, position);
    else this.tag.scope.leave(this.depth);
    return undefined;
  }

  /** The end tag is complete, up to `position`. */
  ended(from: Buffer, position: number): void {
    if (this.depth === 0) {
      this.#close(position);
      return;
    }
    this.depth--;
    if (this.depth === 0) this.#complete(from, position);
    else this.tag.scope.leave(this.depth);
  }

  #header(from: Buffer, position: number, isEmpty: boolean): void {
    const { tag, base } = this;
    const header = headerOf(tag, from, base);
    tag.scope.under(header.prefixes);
    tag.contentNs = header.contentNs;
    this.#streamName = Buffer.from(from.subarray(base + tag.nameAt, base + tag.nameEnd));
    this.stage = open;
    this.base = position;
    this.resumed = false;
    if (!this.#sink.onOpen(header) && !this.resumed) this.stopped = true;
    if (isEmpty && this.stage === open) this.#close(position);
  }

  #complete(from: Buffer, position: number): void {
    const stanza = this.tag.stanza as Stanza;
    this.tag.stanza = undefined;
    this.tag.scope.clear();
    stanza.bytes = from.subarray(this.base, position);
    this.base = position;
    this.resumed = false;
    if (!this.#sink.onStanza(stanza) && !this.resumed) this.stopped = true;
  }

  #close(position: number): void {
    this.stage = over;
    this.base = position;
    this.#sink.onClose();
  }
}
