import type { Fault } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import type { World } from "../base/world.ts";
import type { Config } from "../config/schema.ts";
import type { Settings } from "../server/settings.ts";
import { identityFiles } from "./certificates.ts";
import { makeDevelopmentCertificates } from "./development-certificates.ts";
import { certificateFolder, type Home } from "./home.ts";
import { type Identities, loadIdentities } from "./identities.ts";
import { settingsFrom } from "./settings.ts";
import { loadTrust } from "./trust.ts";

/** A configuration with what its files hold. */
export type Loaded = {
  readonly config: Config;
  readonly identities: Identities;
  readonly settings: Settings;
  /** What could not be read of the trusted authorities; the rest counts. */
  readonly untrusted: readonly Fault[];
};

/**
 * Reads the files a configuration names, and makes development certificates where it allows that. Fails with
 * cert-unreadable.
 */
export async function loadFiles(
  home: Home,
  config: Config,
  world: Pick<World, "clock" | "network">,
): Promise<Result<Loaded>> {
  if (config.tls.development) {
    await makeDevelopmentCertificates(certificateFolder(home, config), identityFiles(home, config), world.clock.now());
  }
  const identities = loadIdentities(home, config, world.network);
  if (!identities.ok) return identities;
  const { store, faults } = loadTrust(home, config);
  return ok({
    config,
    identities: identities.value,
    settings: settingsFrom(config, identities.value, store),
    untrusted: faults,
  });
}
