import type { Command } from "commander";
import type { Adder, CommonOptions } from "./command.ts";
import type { ExitCode } from "./terminal.ts";

/** The schema and all around it is loaded only by the commands that need it. */
const answers = () => import("./config-answers.ts");

/** `comity config …`; none of them needs a running node. */
export function addConfigCommands(program: Command, add: Adder): void {
  const config = program
    .command("config")
    .summary("the configuration file")
    .description("The configuration, comity.yaml.");

  add(config, "check [file]", "say everything that is wrong with the file", check)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nExamples:\n  comity config check\n  comity config check /etc/comity.yaml");

  add(config, "show", "print what holds, defaults included", show).option("--json", "answer in JSON");

  add(config, "schema", "print the schema as JSON Schema, for editors", async () =>
    (await answers()).schema(),
  ).addHelpText("after", "\nExample:\n  comity config schema > comity.schema.json");

  add(config, "default", "print a commented file to start from", defaults)
    .option("--domain <name...>", "the domains to serve")
    .addHelpText("after", "\nExample:\n  comity config default --domain ours.example > comity.yaml");

  add(config, "page", "print docs/CONFIG.md", async () => (await answers()).page());
}

async function check(file: string | undefined, options: CommonOptions): Promise<ExitCode> {
  return (await answers()).check(file, options);
}

async function show(options: CommonOptions): Promise<ExitCode> {
  return (await answers()).show(options);
}

async function defaults(options: CommonOptions & { domain?: string[] }): Promise<ExitCode> {
  return (await answers()).defaults(options.domain ?? ["ours.example"]);
}
