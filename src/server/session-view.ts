import type { Endpoint, TlsFacts } from "../base/network.ts";

/** One signed-in device, for the operator. Times are milliseconds since 1970. */
export type SessionView = {
  /** Full address: "alice@ours.example/desk"; of a SIP device its Contact: "alice@ours.example <sip:alice@192.0.2.7:5060>". */
  readonly address: string;
  readonly protocol: "xmpp" | "sip";
  /** "192.0.2.7:40112"; undefined while the device is away and may resume, or (SIP) is registered without a connection. */
  readonly remote: string | undefined;
  /** "TLSv1.3 TLS_AES_128_GCM_SHA256"; undefined in the clear. */
  readonly tls: string | undefined;
  readonly since: number;
  /** What others see: "available", "away", "chat", "dnd", "xa", "unavailable". */
  readonly presence: string;
};

/** "192.0.2.7:40112", "[2001:db8::7]:40112" */
export function shownEndpoint({ address, port }: Endpoint): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

export function shownSecurity(facts: TlsFacts | undefined): string | undefined {
  return facts === undefined ? undefined : `${facts.protocol} ${facts.cipher}`;
}
