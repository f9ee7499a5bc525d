import type { StartTag } from "./start-tag.ts";

/** What a stream header says (RFC 6120 §4.7). */
export type StreamHeader = {
  readonly name: string;
  readonly ns: string;
  /** The default namespace declared: the content namespace; empty when none is. */
  readonly contentNs: string;
  /** Prefix to namespace, as declared on the header; without the default. */
  readonly prefixes: Readonly<Record<string, string>>;
  /** As in `Element.attrs`. */
  readonly attrs: Readonly<Record<string, string>>;
};

/** Reads the header from its finished start tag, whose element begins at `base`. */
export function headerOf(tag: StartTag, from: Buffer, base: number): StreamHeader {
  const contentNs = tag.defaultNamespace(from, base) ?? "";
  return {
    name: tag.localName(from, base),
    ns: tag.prefixNamespace(from, base) ?? contentNs,
    contentNs,
    prefixes: tag.scope.all(from, base),
    attrs: tag.attributes(from, base),
  };
}
