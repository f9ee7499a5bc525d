import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fault, fault } from "../base/fault.ts";
import { type ConfigFault, faultLine, readConfig } from "../config/read.ts";
import type { Config } from "../config/schema.ts";

/** The folder of the program itself: package.json, docs, node_modules. */
export const programFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where a node keeps what is its own. All paths are absolute. */
export type Home = {
  readonly folder: string;
  readonly configFile: string;
  /** Admin requests come in here while the node runs; mode 0600. */
  readonly socket: string;
  /** The process id of the running node. */
  readonly pidFile: string;
};

export type HomeOptions = { readonly home?: string | undefined; readonly config?: string | undefined };

/** --home, else COMITY_HOME, else the folder `home` of the program; --config, else comity.yaml in it. */
export function homeFrom(options: HomeOptions): Home {
  const folder = resolve(options.home ?? (process.env.COMITY_HOME || join(programFolder, "home")));
  return {
    folder,
    configFile: options.config === undefined ? join(folder, "comity.yaml") : resolve(options.config),
    socket: join(folder, "admin.sock"),
    pidFile: join(folder, "comity.pid"),
  };
}

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly ConfigFault[]; readonly fault: Fault };

/** Reads comity.yaml; with all that is wrong, and one fault that sums it up. */
export function loadConfig(home: Home): Loaded {
  let text: string;
  try {
    text = readFileSync(home.configFile, "utf8");
  } catch (error) {
    const why = existsSync(home.configFile) ? (error as Error).message : `there is no ${home.configFile}`;
    return { ok: false, faults: [], fault: fault("config-unreadable", why) };
  }
  const read = readConfig(text, home.configFile);
  if (read.ok) return read;
  const [first] = read.faults;
  const more = read.faults.length > 1 ? `, and ${read.faults.length - 1} more` : "";
  const detail = first === undefined ? home.configFile : `${faultLine(first)}${more}`;
  return { ok: false, faults: read.faults, fault: fault(first?.code ?? "config-invalid", detail) };
}

/** A path of the configuration: relative ones are relative to the folder of the file. */
export function pathIn(home: Home, written: string): string {
  return isAbsolute(written) ? written : resolve(dirname(home.configFile), written);
}

export function databaseFile(home: Home, config: Config): string {
  return config.store.path === undefined ? join(home.folder, "comity.db") : pathIn(home, config.store.path);
}

export function certificateFolder(home: Home, config: Config): string {
  return config.tls.certificates === undefined ? join(home.folder, "certs") : pathIn(home, config.tls.certificates);
}

/** The version in package.json. */
export function version(): string {
  const read = JSON.parse(readFileSync(join(programFolder, "package.json"), "utf8")) as { version: string };
  return read.version;
}
