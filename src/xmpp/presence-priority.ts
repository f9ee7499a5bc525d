import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { type Element, elements, textOf } from "../xml/element.ts";

/** RFC 6121 §4.7.2.3: an integer from -128 to 127; without one, 0. Anything else is a bad-request. */
export function presencePriority(presence: Element): Result<number> {
  const [priority, second] = elements(presence).filter((each) => each.name === "priority" && each.ns === presence.ns);
  if (priority === undefined) return ok(0);
  const text = textOf(priority).trim();
  const value = Number(text);
  if (second !== undefined || !/^[+-]?\d{1,3}$/.test(text) || value < -128 || value > 127) {
    return no(fault("bad-request", "priority is a number from -128 to 127"));
  }
  return ok(value === 0 ? 0 : value);
}
