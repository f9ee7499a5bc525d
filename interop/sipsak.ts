import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { domain, password, type SipSetting } from "./sip-setting.ts";

export type SipsakTransport = "udp" | "tcp";

/** Runs sipsak against the server to its end; gives its lines. Fails when it does not end with 0: no 2xx came. */
export async function sipsak(
  sip: SipSetting,
  transport: SipsakTransport,
  to: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const own = sip.ownAddress();
  // -p: no names are asked for; -H and -k: what it writes in Via and where it sends from.
  const where = ["-p", sip.address, "-H", own, "-k", own, "-E", transport];
  return sip.setting.network.run(["sipsak", "-vvv", ...where, "-s", to, ...args], 10_000);
}

/** Proves who it is where it is asked to. */
export function as(user: string): readonly string[] {
  return ["-u", user, "-a", password];
}

/** A MESSAGE from a file: Debian's sipsak 0.9.8.1 crashes in its own message mode (-M). */
export async function sipsakMessage(
  sip: SipSetting,
  transport: SipsakTransport,
  from: string,
  to: string,
  text: string,
): Promise<readonly string[]> {
  const file = join(sip.setting.network.folder, `sipsak-${from}-${to}-${transport}.sip`);
  writeFileSync(
    file,
    `MESSAGE sip:${to}@${domain} SIP/2.0
From: <sip:${from}@${domain}>;tag=${transport}
To: <sip:${to}@${domain}>
Call-ID: ${from}-${to}-${transport}
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: text/plain;charset=UTF-8
Content-Length: ${Buffer.byteLength(text)}

${text}`,
  );
  return sipsak(sip, transport, `sip:${to}@${domain}`, ["-f", file, ...as(from)]);
}
