import type { Fault } from "../base/fault.ts";
import { fault } from "../base/fault.ts";

/** A socket's error in the words of the fault table. */
export function faultOf(error: NodeJS.ErrnoException): Fault {
  const code = error.code ?? "";
  switch (code) {
    case "ECONNREFUSED":
      return fault("remote-connection-refused", at(error));
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return fault("remote-server-not-found", `${code}${at(error)}`);
    case "ETIMEDOUT":
      return fault("remote-server-timeout", at(error));
    default:
      if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS")) return fault("tls-failed", tlsReason(error));
      return fault("remote-link-lost", code || error.message);
  }
}

function at(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  return error.address === undefined ? "" : ` ${error.address}:${error.port ?? ""}`.trim();
}

/** OpenSSL's reason alone: "unsupported protocol", "tlsv1 alert unknown ca". */
function tlsReason(error: Error & { reason?: string }): string {
  return error.reason ?? error.message;
}

/** An IPv4 address is not shown in its IPv6 clothes. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
