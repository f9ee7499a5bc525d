import { xmlNamespace } from "./scope.ts";

/** What one declaration of a namespace says, and those it lies in; the default namespace has the empty prefix. */
export type Declared = { readonly prefix: string; readonly ns: string; readonly outer: Declared | undefined };

/** What every document declares (Namespaces in XML 1.0 §3). */
export const everywhere: Declared = { prefix: "xml", ns: xmlNamespace, outer: undefined };

/** The namespace of a prefix; undefined when nothing around declares it. */
export function namespaceOf(within: Declared, prefix: string): string | undefined {
  for (let at: Declared | undefined = within; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.ns;
  return undefined;
}

/** An attribute as an `Element` names it: "name", "xml:name" or "{namespace}name"; undefined when its prefix is not declared. */
export function attributeName(key: string, within: Declared): string | undefined {
  const colon = key.indexOf(":");
  if (colon === -1 || key.startsWith("xml:")) return key;
  const ns = namespaceOf(within, key.slice(0, colon));
  return ns === undefined ? undefined : `{${ns}}${key.slice(colon + 1)}`;
}

/** Sets an attribute of any name, `__proto__` among them. */
export function setAttribute(attrs: Record<string, string>, key: string, value: string): void {
  if (key !== "__proto__") attrs[key] = value;
  else Object.defineProperty(attrs, key, { value, enumerable: true, configurable: true, writable: true });
}
