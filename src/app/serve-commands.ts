import type { Command } from "commander";
import type { Adder } from "./command.ts";

export function addServeCommands(_program: Command, _add: Adder): void {}
