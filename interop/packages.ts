import { existsSync, rmSync, writeFileSync } from "node:fs";
import { run } from "./process.ts";
import { withUser } from "./system-names.ts";

/** What each foreign program is in Debian. */
export const packages = {
  unbound: ["unbound", "iproute2"],
  prosody: ["prosody", "lua-unbound"],
  ejabberd: ["ejabberd"],
  kamailio: ["kamailio", "kamailio-presence-modules", "kamailio-tls-modules"],
  slixmpp: ["python3-slixmpp"],
  profanity: ["profanity", "tmux"],
  linphone: ["linphone-cli"],
  baresip: ["baresip-core"],
  libpurple: ["libpurple-dev", "gcc", "libc6-dev"],
  sipe: ["pidgin-sipe", "libpurple-dev", "gcc", "libc6-dev"],
  sipp: ["sip-tester"],
  sipsak: ["sipsak"],
  xmllint: ["libxml2-utils"],
  curl: ["curl"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Program = keyof typeof packages;

const inCi = process.env.CI === "true";
let installing: Promise<string | undefined> | undefined;
const lacked = new Set<string>();

/**
 * Why these programs cannot be used here, in words for a skipped test; undefined when they can. Installs all packages once
 * when this is root on Debian. In CI (CI=true) nothing may be lacking: then it throws.
 */
export async function lacking(...programs: readonly Program[]): Promise<string | undefined> {
  const wanted = programs.flatMap((program) => packages[program]);
  let still = await missing(wanted);
  let why: string | undefined;
  if (still.length > 0) {
    installing ??= install();
    why = await installing;
    still = await missing(wanted);
  }
  if (still.length === 0) return namespacesLacking();
  if (inCi) throw new Error(`interop needs the Debian packages ${still.join(", ")}: ${why}`);
  for (const name of still) lacked.add(name);
  return `needs the Debian packages ${still.join(", ")}; ${why}`;
}

/** Some programs need a table of names of their own (system-names.ts). */
async function namespacesLacking(): Promise<string | undefined> {
  try {
    await run("unshare", withUser("--mount", "true"), 5_000);
    return undefined;
  } catch (error) {
    if (inCi) throw error;
    lacked.add("mount namespaces");
    return "needs mount namespaces (unshare), as root or as a user who may make user namespaces";
  }
}

process.once("exit", () => {
  if (lacked.size > 0) console.error(`interop: tests were skipped for lack of ${[...lacked].sort().join(", ")}`);
});

async function missing(names: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    names.map(async (name) => {
      const lines = await run("dpkg", ["-s", name], 10_000).catch(() => []);
      return lines.some((line) => line === "Status: install ok installed");
    }),
  );
  return names.filter((_, at) => !states[at]);
}

/** Installs them all; gives why that is not possible. No service is started for it: the tests start their own. */
async function install(): Promise<string | undefined> {
  if (!existsSync("/usr/bin/apt-get")) return "there is no apt-get here";
  if (process.getuid?.() !== 0) return "only root can install them";
  // invoke-rc.d asks this file; 101 is "not allowed".
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const all = Object.values(packages).flat();
  const command = ["install", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", ...all];
  try {
    await run("apt-get", ["update", "-qq"], 180_000, { env });
    await run("apt-get", command, 600_000, { env });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (ours) rmSync(policy);
  }
}
