import { domainToASCII } from "node:url";

/**
 * A domain as DNS wants it: A-labels in lower case, no final dot. Undefined when it cannot be a DNS name (RFC 1035
 * §2.3.4: labels of 1 to 63 bytes, 253 in all).
 */
export function dnsName(domain: string): string | undefined {
  // Plain ASCII stays as it is: domainToASCII would read a name that ends in digits as an IPv4 address.
  const ascii = /[^\x21-\x7e]/.test(domain) ? domainToASCII(domain) : domain;
  const name = ascii.endsWith(".") ? ascii.slice(0, -1).toLowerCase() : ascii.toLowerCase();
  const fits = name.length <= 253 && name.split(".").every((label) => label.length >= 1 && label.length <= 63);
  return fits ? name : undefined;
}
