import { stringify } from "yaml";
import { configPage } from "../config/page.ts";
import { faultLine } from "../config/read.ts";
import { commentedYaml } from "../config/render.ts";
import { editorSchema } from "../config/schema.ts";
import type { CommonOptions } from "./command.ts";
import { loadConfig } from "./config-file.ts";
import { homeFrom } from "./home.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson } from "./terminal.ts";

/** `comity config check`: all faults, one a line on standard error. */
export function check(file: string | undefined, options: CommonOptions): ExitCode {
  const home = homeFrom(file === undefined ? options : { ...options, config: file });
  const loaded = loadConfig(home);
  if (!loaded.ok && loaded.faults.length === 0) return failWith(loaded.fault, options);
  const faults = loaded.ok ? [] : loaded.faults;
  if (options.json === true) sayJson({ file: home.configFile, faults });
  else if (loaded.ok) say(`${home.configFile} is in order.`);
  else for (const fault of faults) process.stderr.write(`${faultLine(fault)}\n`);
  return loaded.ok ? exitCodes.ok : exitCodes.failed;
}

/** `comity config show` */
export function show(options: CommonOptions): ExitCode {
  const loaded = loadConfig(homeFrom(options));
  if (!loaded.ok) return failWith(loaded.fault, options);
  if (options.json === true) sayJson(loaded.config);
  else process.stdout.write(stringify(loaded.config));
  return exitCodes.ok;
}

/** `comity config schema` */
export function schema(): ExitCode {
  sayJson(editorSchema());
  return exitCodes.ok;
}

/** `comity config default` */
export function defaults(domains: readonly string[]): ExitCode {
  process.stdout.write(commentedYaml({ domains }));
  return exitCodes.ok;
}

/** `comity config page` */
export function page(): ExitCode {
  process.stdout.write(configPage());
  return exitCodes.ok;
}
