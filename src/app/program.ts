import { Command, CommanderError, Option } from "commander";
import type { Adder } from "./command.ts";
import { addConfigCommands } from "./config-commands.ts";
import { version } from "./home.ts";
import { addNodeCommands } from "./node-commands.ts";
import { addPartnerCommands } from "./partner-commands.ts";
import { addPhoneCommands } from "./phone-commands.ts";
import { addPresenceCommands } from "./presence-commands.ts";
import { addServeCommands } from "./serve-commands.ts";
import { type ExitCode, exitCodes } from "./terminal.ts";
import { addTraceCommand } from "./trace-command.ts";
import { addTwinCommands } from "./twin-commands.ts";
import { addUserCommands } from "./user-commands.ts";

const about = `Comity lets an organisation's people see and message people in other organisations, whatever they run.`;

const more = `
Examples:
  npm start                                        a node for trying things out, with all it needs
  comity serve --config /etc/comity.yaml --home /var/lib/comity
  comity user add alice@ours.example --password-stdin < secret
  comity federation links
  comity status --json

The data folder is --home, else $COMITY_HOME, else "home" beside the program. Commands ask the node that runs on it; users,
domains, configuration and certificates can be seen to while it is stopped, too.

Exit codes: 0 done, 1 failed (standard error says why), 2 not understood.`;

/** Runs the command line; answers the exit code. Never throws for what a user can do wrong. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const add: Adder = (parent, usage, summary, action) =>
    withHome(parent.command(usage).summary(summary).description(`${summary}.`)).action(async (...parts) => {
      code = await action(...(parts as never[]));
    });
  const program = new Command("comity")
    .description(about)
    .version(version(), "-V, --version")
    .addHelpText("after", more)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  addServeCommands(program, add);
  addUserCommands(program, add);
  addNodeCommands(program, add);
  addConfigCommands(program, add);
  addPartnerCommands(program, add);
  addPresenceCommands(program, add);
  addPhoneCommands(program, add);
  addTraceCommand(program, add);
  addTwinCommands(program, add);
  // Subcommands were made with their own settings: none may end the process, and all show what they know on a mistake.
  forAll(program, (command) => void command.exitOverride().showHelpAfterError("(--help shows what is known)"));
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander says 1 for all it refuses, and 0 for --help and --version.
    const shownHelp = error.exitCode === 0 || error.code === "commander.help";
    return shownHelp && args.length > 0 && error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return code;
}

function withHome(command: Command): Command {
  return command
    .addOption(new Option("--home <folder>", "the node's data folder").env("COMITY_HOME"))
    .option("--config <file>", "the configuration file (default: comity.yaml in the data folder)");
}

function forAll(command: Command, then: (command: Command) => void): void {
  then(command);
  for (const inner of command.commands) forAll(inner, then);
}
