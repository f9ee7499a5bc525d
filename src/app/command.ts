import type { Command } from "commander";
import type { HomeOptions } from "./home.ts";
import type { ExitCode } from "./terminal.ts";

/** Makes one subcommand with the options all have; its action answers the exit code. */
export type Adder = (
  parent: Command,
  usage: string,
  summary: string,
  action: (...parts: never[]) => ExitCode | Promise<ExitCode>,
) => Command;

/** What every command may be told. */
export type CommonOptions = HomeOptions & { readonly json?: boolean };
