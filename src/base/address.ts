import { type DomainName, parseDomainName } from "./domain-name.ts";
import { fault } from "./fault.ts";
import { localpart } from "./precis.ts";
import { no, ok, type Result } from "./result.ts";

/**
 * A person's address, local or foreign, whatever protocol they speak: canonical, so that equal `text` is the same person.
 * Made only by `parseAddress` and `addressFrom`.
 */
export type Address = {
  readonly local: string;
  readonly domain: DomainName;
  /** "alice@ours.example" */
  readonly text: string;
};

/** Reads "alice@ours.example": both parts, nothing after them. Fails with jid-malformed or domain-malformed. */
export function parseAddress(text: string): Result<Address> {
  const at = text.indexOf("@");
  if (at < 0) return no(fault("jid-malformed", "no @"));
  const local = localpart(text.slice(0, at));
  if (!local.ok) return local;
  const domain = parseDomainName(text.slice(at + 1));
  return domain.ok ? ok(joined(local.value, domain.value)) : domain;
}

/** An address of a name as somebody typed it and a known domain. Fails with jid-malformed. */
export function addressFrom(name: string, domain: DomainName): Result<Address> {
  const local = localpart(name);
  return local.ok ? ok(joined(local.value, domain)) : local;
}

function joined(local: string, domain: DomainName): Address {
  return { local, domain, text: `${local}@${domain}` };
}
