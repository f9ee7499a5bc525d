import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
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
