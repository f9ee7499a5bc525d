import { isWideName } from "../xml/characters.ts";
import { unescapeValue } from "../xml/unescape.ts";
import { type XcapElement, xcapElements } from "./xcap-document.ts";

/** A name a selector means: namespace and local name. */
export type SelectorName = { readonly ns: string; readonly local: string };

/** One step of a node selector (RFC 4825 §6.3): name["*" any], position from 1 on, and an attribute's value. */
export type SelectorStep = {
  readonly name: SelectorName | undefined;
  readonly position: number | undefined;
  readonly attribute: (SelectorName & { readonly value: string }) | undefined;
  /** Where in the selector's text it ends. */
  readonly end: number;
};

export type NodeSelector = {
  /** At least one; the first selects the root element. */
  readonly steps: readonly SelectorStep[];
  /** What of the element is meant: itself, one attribute, or its namespaces. */
  readonly end:
    | { readonly kind: "element" | "namespaces" }
    | { readonly kind: "attribute"; readonly name: SelectorName };
};

/**
 * Reads a node selector, percent-decoded, without the "~~" and the "/" after it. `prefixes` are those of the query (`xmlns()`);
 * element names without a prefix are of `defaultNs` (RFC 4825 §6.3), attribute names without one of none. Undefined when it is
 * none or uses a prefix that the query does not declare: 400.
 */
export function parseNodeSelector(
  text: string,
  prefixes: ReadonlyMap<string, string>,
  defaultNs: string,
): NodeSelector | undefined {
  return new SelectorReader(text, prefixes, defaultNs).read();
}

const stepsMax = 64;

class SelectorReader {
  readonly #text: string;
  readonly #prefixes: ReadonlyMap<string, string>;
  readonly #defaultNs: string;
  #at = 0;

  constructor(text: string, prefixes: ReadonlyMap<string, string>, defaultNs: string) {
    this.#text = text;
    this.#prefixes = prefixes;
    this.#defaultNs = defaultNs;
  }

  read(): NodeSelector | undefined {
    const steps: SelectorStep[] = [];
    for (;;) {
      if (steps.length > 0 && this.#rest("namespace::*")) return { steps, end: { kind: "namespaces" } };
      if (steps.length > 0 && this.#take("@")) {
        const name = this.#name("");
        return name !== undefined && this.#ended ? { steps, end: { kind: "attribute", name } } : undefined;
      }
      const step = this.#step();
      if (step === undefined || steps.push(step) > stepsMax) return undefined;
      if (this.#ended) return { steps, end: { kind: "element" } };
      if (!this.#take("/")) return undefined;
    }
  }

  /** by-name, by-pos, by-attr or by-pos-attr. */
  #step(): SelectorStep | undefined {
    const step = this.#nameAndTests();
    return step === undefined ? undefined : { ...step, end: this.#at };
  }

  #nameAndTests(): Omit<SelectorStep, "end"> | undefined {
    let name: SelectorName | undefined;
    if (!this.#take("*")) {
      name = this.#name(this.#defaultNs);
      if (name === undefined) return undefined;
    }
    let position: number | undefined;
    let attribute: SelectorStep["attribute"];
    if (this.#take("[") && !this.#take("@")) {
      position = this.#position();
      if (position === undefined || !this.#take("]")) return undefined;
      if (!this.#take("[")) return { name, position, attribute };
      if (!this.#take("@")) return undefined;
    } else if (this.#text[this.#at - 1] !== "@") return { name, position, attribute };
    attribute = this.#attributeTest();
    return attribute === undefined || !this.#take("]") ? undefined : { name, position, attribute };
  }

  #position(): number | undefined {
    const start = this.#at;
    while (/^[0-9]$/.test(this.#text[this.#at] ?? "")) this.#at++;
    const digits = this.#text.slice(start, this.#at);
    return digits === "" || digits.length > 6 || Number(digits) === 0 ? undefined : Number(digits);
  }

  #attributeTest(): SelectorStep["attribute"] {
    const name = this.#name("");
    if (name === undefined || !this.#take("=")) return undefined;
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") return undefined;
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) return undefined;
    const value = attributeValue(this.#text.slice(this.#at + 1, end));
    this.#at = end + 1;
    return value === undefined ? undefined : { ...name, value };
  }

  /** A QName, its prefix resolved. */
  #name(withoutPrefix: string): SelectorName | undefined {
    const first = this.#ncName();
    if (first === "") return undefined;
    if (!this.#take(":")) return { ns: withoutPrefix, local: first };
    const local = this.#ncName();
    const ns = this.#prefixes.get(first);
    return local === "" || ns === undefined ? undefined : { ns, local };
  }

  /** Namespaces in XML 1.0 §3 NCName. */
  #ncName(): string {
    const start = this.#at;
    for (;;) {
      const code = this.#text.codePointAt(this.#at) ?? 0;
      if (!isNameCharacter(code, this.#at === start)) return this.#text.slice(start, this.#at);
      this.#at += code > 0xffff ? 2 : 1;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #rest(text: string): boolean {
    return this.#text.length - this.#at === text.length && this.#text.endsWith(text);
  }

  get #ended(): boolean {
    return this.#at === this.#text.length;
  }
}

function isNameCharacter(code: number, first: boolean): boolean {
  if (code >= 0x80) return isWideName(code, first);
  const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
  return letter || (!first && ((code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e));
}

const neverInValue = /<|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/;

/**
 * The value XML 1.0 §3.3.3 makes of what stands between an attribute's quotes; undefined when it may not stand there (RFC 4825
 * §6.3 AttValue, §8.2.1).
 */
export function attributeValue(raw: string): string | undefined {
  if (neverInValue.test(raw)) return undefined;
  for (const [, decimal = "", hexadecimal = ""] of raw.matchAll(/&#(?:([0-9]+)|x([0-9A-Fa-f]+));/g)) {
    const code = decimal === "" ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    if (!isXmlCharacter(code)) return undefined;
  }
  for (const character of raw) if (!isXmlCharacter(character.codePointAt(0) ?? 0)) return undefined;
  return unescapeValue(raw);
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/**
 * The elements steps select, from the document's root down (RFC 4825 §6.3): exactly one is a match, none or more are not. The
 * work is bounded by the document's elements times the steps.
 */
export function selectElements(root: XcapElement, steps: readonly SelectorStep[]): readonly XcapElement[] {
  let context: readonly XcapElement[] = [];
  steps.forEach((step, index) => {
    context = index === 0 ? fitting([root], step) : context.flatMap((each) => fitting(xcapElements(each), step));
  });
  return context;
}

/** Those of some siblings that fit a step: the position counts among those of its name, and is counted first. */
function fitting(siblings: readonly XcapElement[], step: SelectorStep): readonly XcapElement[] {
  const named = siblings.filter((each) => isNamed(each, step.name));
  const { position } = step;
  const placed = position === undefined ? named : named.slice(position - 1, position);
  return placed.filter((each) => hasAttribute(each, step.attribute));
}

/** Whether an element has the name of a step. */
export function isNamed(element: XcapElement, name: SelectorName | undefined): boolean {
  return name === undefined || (element.local === name.local && element.ns === name.ns);
}

function hasAttribute(element: XcapElement, wanted: SelectorStep["attribute"]): boolean {
  return wanted === undefined || attributeOf(element, wanted)?.value === wanted.value;
}

/** The attribute of that name. */
export function attributeOf(element: XcapElement, name: SelectorName): XcapElement["attributes"][number] | undefined {
  return element.attributes.find((each) => each.local === name.local && each.ns === name.ns);
}

const bindingForm = /^xmlns\(\s*([^\s=()]+)\s*=\s*([^()\s]+)\s*\)$/;

/**
 * The prefixes of a query (RFC 4825 §6.4: `xmlns(a=urn:x)xmlns(b=urn:y)`, percent-encoded). Undefined when it is none of that.
 */
export function parseBindings(query: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  let rest: string;
  try {
    rest = decodeURIComponent(query).trim();
  } catch {
    return undefined;
  }
  while (rest !== "") {
    const end = rest.indexOf(")") + 1;
    const [, prefix, ns] = bindingForm.exec(rest.slice(0, end)) ?? [];
    if (prefix === undefined || ns === undefined) return undefined;
    found.set(prefix, ns);
    rest = rest.slice(end).trimStart();
  }
  return found;
}
