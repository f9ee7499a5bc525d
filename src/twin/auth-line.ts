/** The parameters of an Authorization line, by name; undefined when it is not of that scheme. */
export function readAuthLine(line: string, scheme: string): ReadonlyMap<string, string> | undefined {
  const [first = "", rest = ""] = line.split(/\s+(.*)/s);
  if (first.toLowerCase() !== scheme.toLowerCase()) return undefined;
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of rest.matchAll(/([\w-]+)\s*=\s*("[^"]*"|[^,\s]*)/g)) {
    found.set(name.toLowerCase(), value.replace(/^"|"$/g, ""));
  }
  return found;
}
