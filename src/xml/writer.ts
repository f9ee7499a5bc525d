import type { Element } from "./element.ts";

const special = /[&<>"']/;
const all = /[&<>"']/g;
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Text fit for content and for attributes in either quote. Only these five are escaped: numeric references for tabs and
 * line ends broke a peer once (A.5, Prosody 886aa3c20).
 */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(all, (character) => escapes[character] ?? character) : text;
}

/**
 * An element as text, for a place where `around` is the default namespace and no prefix but `xml` and those in `prefixes`
 * (namespace to prefix) is declared. `xmlns` is written only where the namespace changes.
 */
export function write(element: Element, around = "", prefixes: Readonly<Record<string, string>> = {}): string {
  const prefix = prefixes[element.ns];
  const tag = prefix === undefined ? element.name : `${prefix}:${element.name}`;
  let text = `<${tag}`;
  let inside = around;
  if (prefix === undefined && element.ns !== around) {
    inside = element.ns;
    text += ` xmlns='${escapeXml(element.ns)}'`;
  }
  let invented = 0;
  for (const key in element.attrs) {
    const value = escapeXml(element.attrs[key] ?? "");
    if (key.charCodeAt(0) !== 123) {
      text += ` ${key}='${value}'`;
      continue;
    }
    const end = key.indexOf("}");
    const ns = key.slice(1, end);
    const known = prefixes[ns] ?? `a${++invented}`;
    if (prefixes[ns] === undefined) text += ` xmlns:${known}='${escapeXml(ns)}'`;
    text += ` ${known}:${key.slice(end + 1)}='${value}'`;
  }
  if (element.children.length === 0) return `${text}/>`;
  text += ">";
  for (const each of element.children)
    text += typeof each === "string" ? escapeXml(each) : write(each, inside, prefixes);
  return `${text}</${tag}>`;
}
