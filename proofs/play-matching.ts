import assert from "node:assert/strict";
import { type Element, elements } from "../src/xml/element.ts";
import { read } from "../src/xml/reader.ts";
import { ns } from "../src/xmpp/ns.ts";

const any = "...";

/** The line of a play as an element. `<stream:stream …>` stands for a header, `</stream:stream>` for the end of the stream. */
export function lineOf(text: string, contentNs: string = ns.client): Element {
  const line = text.trim();
  if (line === "</stream:stream>") return { name: "/stream", ns: ns.stream, attrs: {}, children: [] };
  const whole = line.startsWith("<stream:stream") && !line.endsWith("/>") ? line.replace(/>$/, "/>") : line;
  return read(Buffer.from(whole), { contentNs, prefixes: { stream: ns.stream, db: ns.dialback } });
}

/**
 * Why an element is not what a play's line says; undefined when it is. `...` in a value or text stands for anything, and as
 * the text of an element for any further content. White space between elements means nothing, nor does the order of
 * attributes; the order of elements counts.
 */
export function difference(wanted: Element, found: Element): string | undefined {
  if (wanted.name !== found.name || wanted.ns !== found.ns) {
    return `<${found.name} xmlns='${found.ns}'> instead of <${wanted.name} xmlns='${wanted.ns}'>`;
  }
  for (const key of new Set([...Object.keys(wanted.attrs), ...Object.keys(found.attrs)])) {
    const [want, have] = [wanted.attrs[key], found.attrs[key]];
    if (want === undefined || have === undefined || !fits(want, have)) {
      return `<${found.name}/>: ${key} is ${have ?? "missing"} instead of ${want ?? "missing"}`;
    }
  }
  return contentDifference(wanted, found);
}

function contentDifference(wanted: Element, found: Element): string | undefined {
  const inside = elements(wanted);
  const there = elements(found);
  const text = textIn(wanted);
  if (text === any) {
    const missing = inside.find((each) => !there.some((other) => difference(each, other) === undefined));
    return missing && `<${found.name}/>: lacks <${missing.name} xmlns='${missing.ns}'/>`;
  }
  if (!fits(text, textIn(found))) return `<${found.name}/>: the text is '${textIn(found)}' instead of '${text}'`;
  if (inside.length !== there.length) {
    return `<${found.name}/>: ${there.length} elements inside instead of ${inside.length}`;
  }
  for (const [at, each] of inside.entries()) {
    const other = there[at];
    const why = other === undefined ? "missing" : difference(each, other);
    if (why !== undefined) return why;
  }
  return undefined;
}

function textIn(element: Element): string {
  const text = element.children.filter((each) => typeof each === "string").join("");
  return elements(element).length > 0 || text.trim() === "" ? text.trim() : text;
}

function fits(want: string, have: string): boolean {
  const parts = want.split(any);
  if (parts.length === 1) return want === have;
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (!have.startsWith(first) || !have.endsWith(last) || have.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = have.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= have.length - last.length;
}

/** Fails with the whole conversation when an element is not what the line says. */
export function assertLine(wanted: string, found: Element, contentNs: string, conversation: () => string): void {
  const why = difference(lineOf(wanted, contentNs), found);
  if (why !== undefined) assert.fail(`${why}\n\nwanted: ${wanted.trim()}\n\n${conversation()}`);
}
