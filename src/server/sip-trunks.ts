import type { TrunkSettings } from "./settings.ts";
import type { Flow } from "./sip-flow.ts";
import type { Site } from "./site.ts";

/**
 * The call manager that a flow comes from (SET-160 to SET-166): its address is one of a trunk's, over that trunk's
 * transport, and where the trunk names a TLS subject, its certificate is trusted here and carries that name (SET-164).
 * Undefined for everybody else.
 */
export function trunkOf(site: Site, flow: Flow): TrunkSettings | undefined {
  const { address } = flow.remote;
  for (const trunk of site.settings.sip.trunks) {
    if (trunk.transport !== flow.transport || !trunk.addresses.includes(address)) continue;
    if (trunk.tlsSubject === undefined || carries(site, flow, trunk.tlsSubject)) return trunk;
  }
  return undefined;
}

function carries(site: Site, { tls }: Flow, subject: string): boolean {
  const { trusted, path } = site.judge(tls?.peerChain ?? []);
  const [leaf] = path;
  if (!trusted || leaf === undefined) return false;
  const wanted = subject.toLowerCase();
  const { names, commonName } = leaf;
  // Old call managers have their name, or their address, only as the subject's common name.
  const carried = [...names.dns, ...names.ip, commonName ?? ""];
  return carried.some((name) => name.toLowerCase() === wanted);
}
