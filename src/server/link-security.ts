import { asciiOf, type DomainName } from "../base/domain-name.ts";
import type { Credentials, SecureOptions } from "../base/network.ts";
import type { Settings } from "./settings.ts";

/** TLS as the initiating side of a server link: SNI names the foreign domain (RFC 6120 §13.7, XEP-0368 §3). */
export function clientSecurity(
  settings: Settings,
  local: DomainName,
  foreign: DomainName,
): SecureOptions & { readonly role: "client" } {
  return {
    role: "client",
    credentials: credentialsOf(settings, local),
    servername: asciiOf(foreign),
    versionMin: settings.versionMin,
  };
}

/** TLS to a host that SIP names, in the name of the first domain (RFC 5922 §7.2 lets the caller judge the certificate). */
export function sipClientSecurity(settings: Settings, host: string): SecureOptions & { readonly role: "client" } {
  return {
    role: "client",
    credentials: credentialsFor(settings)(undefined),
    servername: host,
    versionMin: settings.versionMin,
  };
}

/**
 * What a domain of ours shows: its own certificate, or, where it is a domain of email addresses alone, the first domain's, which
 * must name it too (EML-09).
 */
export function credentialsOf(settings: Settings, local: DomainName): Credentials | undefined {
  const own = settings.domains.get(local);
  return own === undefined ? credentialsFor(settings)(undefined) : own.credentials;
}

/** The certificate for the name asked for by SNI; without one, or for a name not ours, the first domain's. */
export function credentialsFor(settings: Settings): (servername: string | undefined) => Credentials | undefined {
  return (servername) => {
    let first: Credentials | undefined;
    for (const { name, credentials } of settings.domains.values()) {
      if (servername !== undefined && asciiOf(name) === servername) return credentials;
      first ??= credentials;
    }
    return first;
  };
}
