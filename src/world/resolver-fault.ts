import { type Fault, fault } from "../base/fault.ts";
import type { Endpoint } from "../base/network.ts";

/** A socket's error while asking a DNS server, as a fault that names the server and the system's word for it. */
export function socketFault(error: Error, server: Endpoint): Fault {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.message;
  return fault("dns-timeout", `${server.address} port ${server.port}: ${code}`);
}
