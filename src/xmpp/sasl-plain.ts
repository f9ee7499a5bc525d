import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { passwordOf } from "./scram-keys.ts";

/** What a client says with PLAIN. */
export type Plain = {
  /** "" when none was asked for. */
  readonly authzid: string;
  readonly name: string;
  /** As it is hashed. */
  readonly password: string;
};

/**
 * Reads the message of PLAIN (RFC 4616 §2): authorization identity, user name and password between NULs. Fails with
 * sasl-malformed, or sasl-not-authorized for a password that nobody can have.
 */
export function readPlain(message: string): Result<Plain> {
  const [authzid = "", name = "", secret = "", ...more] = message.split("\0");
  if (name === "" || secret === "" || more.length > 0) return no(fault("sasl-malformed", "not three parts"));
  const password = passwordOf(secret);
  return password.ok ? ok({ authzid, name, password: password.value }) : no(fault("sasl-not-authorized"));
}
