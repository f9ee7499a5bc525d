import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { afterSpace, isTokenText } from "./characters.ts";
import { lowerCased, noParameters, type Parameter, parameter, readParameters } from "./parameters.ts";

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
  const parameters = readParameters(text, semicolon);
  if (!parameters.ok) return parameters;
  const handling = parameter(parameters.value, "handling");
  return ok({ type, parameters: parameters.value, required: lowerCased(handling ?? "") !== "optional" });
}
