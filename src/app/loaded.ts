import type { Fault } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import type { World } from "../base/world.ts";
import type { Config } from "../config/schema.ts";
import type { Settings } from "../server/settings.ts";
import { ensureCertificates } from "./certificates.ts";
import type { Home } from "./home.ts";
import { type Identities, loadIdentities } from "./identities.ts";
import { settingsFrom } from "./settings.ts";
import { loadTrust } from "./trust.ts";

/** A configuration with what its files hold. */
export type Loaded = {
  readonly config: Config;
  readonly identities: Identities;
  readonly settings: Settings;
  /** What is amiss with certificates and trusted authorities and does not keep the node from running. */
  readonly warnings: readonly Fault[];
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
  const ensured = await ensureCertificates(home, config, world.clock.now());
  if (!ensured.ok) return ensured;
  const identities = await loadIdentities(home, config, world.network);
  if (!identities.ok) return identities;
  const { store, faults } = loadTrust(home, config);
  return ok({
    config,
    identities: identities.value,
    settings: settingsFrom(config, identities.value, store),
    warnings: [...faults, ...[...identities.value.values()].flatMap(({ warnings }) => warnings)],
  });
}
