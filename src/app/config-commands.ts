import type { Command } from "commander";
import { stringify } from "yaml";
import { configPage } from "../config/page.ts";
import { faultLine } from "../config/read.ts";
import { commentedYaml } from "../config/render.ts";
import { editorSchema } from "../config/schema.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { homeFrom, loadConfig } from "./home.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson } from "./terminal.ts";

/** `comity config …`; none of them needs a running node. */
export function addConfigCommands(program: Command, add: Adder): void {
  const config = program
    .command("config")
    .summary("the configuration file")
    .description("The configuration, comity.yaml.");

  add(config, "check [file]", "say everything that is wrong with the file", check)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nExamples:\n  comity config check\n  comity config check /etc/comity.yaml");

  add(config, "show", "print what holds, defaults included", showConfig).option("--json", "answer in JSON");

  add(config, "schema", "print the schema as JSON Schema, for editors", () => {
    sayJson(editorSchema());
    return exitCodes.ok;
  }).addHelpText("after", "\nExample:\n  comity config schema > comity.schema.json");

  add(config, "default", "print a commented file to start from", (options: CommonOptions & { domain?: string[] }) => {
    process.stdout.write(commentedYaml({ domains: options.domain ?? ["ours.example"] }));
    return exitCodes.ok;
  })
    .option("--domain <name...>", "the domains to serve")
    .addHelpText("after", "\nExample:\n  comity config default --domain ours.example > comity.yaml");

  add(config, "page", "print docs/CONFIG.md", () => {
    process.stdout.write(configPage());
    return exitCodes.ok;
  });
}

function check(file: string | undefined, options: CommonOptions): ExitCode {
  const home = homeFrom(file === undefined ? options : { ...options, config: file });
  const loaded = loadConfig(home);
  if (options.json === true && (loaded.ok || loaded.faults.length > 0)) {
    sayJson({ file: home.configFile, faults: loaded.ok ? [] : loaded.faults });
    return loaded.ok ? exitCodes.ok : exitCodes.failed;
  }
  if (loaded.ok) {
    say(`${home.configFile} is in order.`);
    return exitCodes.ok;
  }
  if (loaded.faults.length === 0) return failWith(loaded.fault, options);
  for (const fault of loaded.faults) process.stderr.write(`${faultLine(fault)}\n`);
  return exitCodes.failed;
}

function showConfig(options: CommonOptions): ExitCode {
  const loaded = loadConfig(homeFrom(options));
  if (!loaded.ok) return failWith(loaded.fault, options);
  if (options.json === true) sayJson(loaded.config);
  else process.stdout.write(stringify(loaded.config));
  return exitCodes.ok;
}
