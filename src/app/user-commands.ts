import type { Command } from "commander";
import type { Adder, CommonOptions } from "./command.ts";
import { addEmailCommand } from "./email-commands.ts";
import { withCounter } from "./open-counter.ts";
import { askPassword, passwordFromInput } from "./password.ts";
import { addPrivacyCommand } from "./privacy-command.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson, usage } from "./terminal.ts";

type PasswordOptions = CommonOptions & { readonly password?: string; readonly passwordStdin?: boolean };

/** `comity user …` */
export function addUserCommands(program: Command, add: Adder): void {
  const user = program.command("user").summary("local people's accounts").description("Local people's accounts.");

  withPassword(
    add(user, "add <address>", "make an account", (address: string, options: PasswordOptions) =>
      setPassword(options, "POST", "/users", address, (password) => ({ address, password }), "is there"),
    ),
  ).addHelpText("after", passwordExamples("add"));

  withPassword(
    add(user, "passwd <address>", "set another password and sign out all devices", (address: string, options) => {
      const target = `/users/${encodeURIComponent(address)}/password`;
      return setPassword(options, "PUT", target, address, (password) => ({ password }), "has a new password");
    }),
  ).addHelpText("after", passwordExamples("passwd"));

  add(user, "remove <address>", "remove an account, its contacts and waiting messages", removeUser)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nExample:\n  comity user remove alice@ours.example");

  add(user, "list [domain]", "list the accounts, of one domain or of all", listUsers)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nExample:\n  comity user list ours.example");

  addEmailCommand(user, add);
  addPrivacyCommand(user, add);
}

function withPassword(command: Command): Command {
  return command
    .option("--password <password>", "the password; other users of this machine may see it in the process list")
    .option("--password-stdin", "read the password from standard input, one line")
    .option("--json", "answer in JSON");
}

function passwordExamples(verb: string): string {
  return `
Without either option the password is asked for on the terminal.

Examples:
  comity user ${verb} alice@ours.example
  comity user ${verb} alice@ours.example --password 'correct horse'
  comity user ${verb} alice@ours.example --password-stdin < secret`;
}

async function setPassword(
  options: PasswordOptions,
  method: string,
  target: string,
  address: string,
  body: (password: string) => object,
  done: string,
): Promise<ExitCode> {
  if (options.password !== undefined && options.passwordStdin === true) {
    return usage("write --password or --password-stdin, not both");
  }
  const password =
    options.passwordStdin === true ? await passwordFromInput() : (options.password ?? (await askPassword(address)));
  if (password === undefined) return usage("no password: write --password, --password-stdin, or run it on a terminal");
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<{ address: string }>(method, target, body(password));
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else say(`${answer.value.address} ${done}.`);
    return exitCodes.ok;
  });
}

function removeUser(address: string, options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<{ address: string }>("DELETE", `/users/${encodeURIComponent(address)}`);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else say(`${answer.value.address} is removed.`);
    return exitCodes.ok;
  });
}

function listUsers(domain: string | undefined, options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const query = domain === undefined ? "" : `?domain=${encodeURIComponent(domain)}`;
    const answer = await counter.ask<{ users: readonly string[] }>("GET", `/users${query}`);
    if (!answer.ok) return failWith(answer.fault, options);
    if (options.json === true) sayJson(answer.value);
    else for (const address of answer.value.users) say(address);
    return exitCodes.ok;
  });
}
