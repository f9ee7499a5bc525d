import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterSpace, isTokenText } from "./characters.ts";
import { lowerCased, noParameters, type Parameter, parameter, readParameters } from "./parameters.ts";

/** What a body is: the value of a Content-Type (RFC 3261 §20.15, RFC 2045 §5.1). */
export type MediaType = {
  /** "text/plain", in lower case. */
  readonly essence: string;
  readonly parameters: readonly Parameter[];
};

/**
 * Reads a Content-Type. Communicator's `msgr=` without padding is a value like others (I-11), and a ";" at the end is let pass.
 * Fails with sip-malformed.
 */
export function parseMediaType(text: string): Result<MediaType> {
  const semicolon = text.indexOf(";");
  const essence = lowerCased((semicolon < 0 ? text : text.slice(0, semicolon)).trim());
  const slash = essence.indexOf("/");
  // RFC 3261 §25.1 media-type: white space may stand around the slash too.
  const type = essence.slice(0, slash).trimEnd();
  const subtype = essence.slice(slash + 1).trimStart();
  if (slash < 0 || !isTokenText(type) || !isTokenText(subtype)) return no(fault("sip-malformed", "not a media type"));
  if (semicolon < 0) return ok({ essence: `${type}/${subtype}`, parameters: noParameters });
  const parameters = readParameters(withoutLastSemicolon(text), semicolon);
  return parameters.ok ? ok({ essence: `${type}/${subtype}`, parameters: parameters.value }) : parameters;
}

function withoutLastSemicolon(text: string): string {
  const end = text.trimEnd();
  return end.endsWith(";") ? end.slice(0, -1) : end;
}

/** The character set a text says it has; UTF-8 when it says nothing (RFC 3428 §7, sip-wire 3.3). */
export function charsetOf(type: MediaType): string {
  return parameter(type.parameters, "charset") || "utf-8";
}

/** What is to be done with a body (RFC 3261 §20.11, RFC 5621). */
export type Disposition = {
  /** "render", "notification", …, in lower case. */
  readonly type: string;
  readonly parameters: readonly Parameter[];
  /** Whether a receiver that cannot handle it has to refuse the message: so unless it says handling=optional. */
  readonly required: boolean;
};

/** Reads a Content-Disposition. Fails with sip-malformed. */
export function parseDisposition(text: string): Result<Disposition> {
  const start = afterSpace(text, 0);
  const semicolon = text.indexOf(";");
  const type = lowerCased(text.slice(start, semicolon < 0 ? text.length : semicolon).trimEnd());
  if (!isTokenText(type)) return no(fault("sip-malformed", "not a content disposition"));
  if (semicolon < 0) return ok({ type, parameters: noParameters, required: true });
  const parameters = readParameters(withoutLastSemicolon(text), semicolon);
  if (!parameters.ok) return parameters;
  const handling = parameter(parameters.value, "handling");
  return ok({ type, parameters: parameters.value, required: lowerCased(handling ?? "") !== "optional" });
}
