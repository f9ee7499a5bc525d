const none = Buffer.alloc(0);

/**
 * One framed element: its bytes as they came and what routing asks for. All offsets count from the start of `bytes`;
 * those of an attribute include the white space before it and are -1 when it is absent.
 */
export class Stanza {
  /** The whole element. The memory is nobody else's to change; it may be a part of a larger piece. */
  bytes: Buffer = none;
  /** Local name. */
  name = "";
  ns = "";
  /** The addresses as written, references resolved; nobody has parsed them yet. */
  from: string | undefined = undefined;
  to: string | undefined = undefined;
  type: string | undefined = undefined;
  id: string | undefined = undefined;
  /** After `<name`. */
  nameEnd = 0;
  /** After the start tag's `>`. */
  headEnd = 0;
  /** It was `<name …/>`. */
  empty = false;
  fromAt = -1;
  fromEnd = -1;
  toAt = -1;
  toEnd = -1;
  /** A default namespace declared on the stanza itself: `xmlns='…'`. */
  nsAt = -1;
  nsEnd = -1;
  /**
   * The stanza may be spliced onto another stream by writing a new start tag and copying the rest: its name has no prefix,
   * it is in the content namespace, nothing in it leans on a prefix of the stream header, no descendant declares the content
   * namespace, or none, as its default, and no prefix stands for the content namespace.
   */
  plain = true;
}
