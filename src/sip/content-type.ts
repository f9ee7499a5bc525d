import { after, afterSpace, isToken } from "./characters.ts";
import { lowerCased, type Parameter, readParameters } from "./parameters.ts";

/** A media type (RFC 3261 §20.15). */
export type ContentType = {
  /** "text/plain": lower case, no parameters. */
  readonly type: string;
  readonly parameters: readonly Parameter[];
};

/** Reads a Content-Type or one value of Accept; white space may stand around the slash. Undefined when it is none. */
export function parseContentType(text: string): ContentType | undefined {
  const end = after(text, 0, isToken);
  const slash = afterSpace(text, end);
  if (end === 0 || text.charCodeAt(slash) !== 0x2f) return undefined;
  const from = afterSpace(text, slash + 1);
  const to = after(text, from, isToken);
  if (to === from) return undefined;
  const whole = slash === end && from === slash + 1;
  const type = lowerCased(whole ? text.slice(0, to) : `${text.slice(0, end)}/${text.slice(from, to)}`);
  const parameters = readParameters(text, to);
  return parameters.ok ? { type, parameters: parameters.value } : undefined;
}
