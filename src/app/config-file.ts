import { existsSync, readFileSync } from "node:fs";
import { type Fault, fault } from "../base/fault.ts";
import { type ConfigFault, faultLine, readConfig } from "../config/read.ts";
import type { Config } from "../config/schema.ts";
import type { Home } from "./home.ts";

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
