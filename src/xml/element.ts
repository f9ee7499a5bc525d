/**
 * An XML element once somebody needs to look inside: namespaces resolved, text joined, nothing else kept.
 * `attrs` holds unprefixed attributes by name, `xml:lang` as "xml:lang", others as "{namespace}name".
 */
export type Element = {
  readonly name: string;
  readonly ns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
};

/** Builds an element; attributes that are undefined are left out. */
export function el(
  name: string,
  ns: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Element | string | undefined)[]
): Element {
  const kept: Record<string, string> = {};
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined) kept[key] = value;
  }
  return {
    name,
    ns,
    attrs: kept,
    children: children.filter((child) => child !== undefined && child !== "") as Element[],
  };
}

/** The child elements, without text. */
export function elements(of: Element): readonly Element[] {
  return of.children.filter((child): child is Element => typeof child !== "string");
}

/** The first child element of that name and namespace. */
export function child(of: Element, name: string, ns: string): Element | undefined {
  for (const each of of.children) {
    if (typeof each !== "string" && each.name === name && each.ns === ns) return each;
  }
  return undefined;
}

/** The text directly inside, joined. */
export function textOf(element: Element | undefined): string {
  if (element === undefined) return "";
  let text = "";
  for (const each of element.children) if (typeof each === "string") text += each;
  return text;
}
