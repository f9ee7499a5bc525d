import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** Processes that still run; whatever happens to this one, they go with it. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Even if we are killed, nothing stays behind: the kernel ends our children with us (prctl(2), PR_SET_PDEATHSIG). */
const untilWeDie = existsSync("/usr/bin/setpriv") ? ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] : [];

export type ProcessOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its input stays open for `write`. */
  readonly input?: boolean;
};

type Waiter = { readonly test: (line: string) => boolean; readonly met: (line: string) => void };

/** A program run in the foreground as our own child: its lines are kept, it is ended by its pid. */
export class Process {
  readonly name: string;
  /** Everything it has written, both outputs, line by line. */
  readonly lines: string[] = [];
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<Waiter>();
  #over = false;

  constructor(name: string, command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.name = name;
    const [program = "", ...rest] = [...untilWeDie, command, ...args];
    this.#child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input ? "pipe" : "ignore", "pipe", "pipe"],
    });
    running.add(this.#child);
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) createInterface({ input: output }).on("line", (line) => this.#take(line));
    }
    this.ended = new Promise((done) => {
      this.#child.once("error", (error) => {
        this.#take(`${command}: ${error.message}`);
        done("error");
      });
      this.#child.once("close", (code, signal) => done(code ?? signal ?? "gone"));
    }).then((how) => {
      this.#over = true;
      running.delete(this.#child);
      return how as number | string;
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The first line, from `from` on, that fits; fails when none comes in time or the program ends. */
  async line(fits: RegExp | ((line: string) => boolean), ms: number, from = 0): Promise<string> {
    const test = fits instanceof RegExp ? (line: string) => fits.test(line) : fits;
    const seen = this.lines.slice(from).find(test);
    if (seen !== undefined) return seen;
    let waiter: Waiter | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((met, fail) => {
        waiter = { test, met };
        this.#waiters.add(waiter);
        const sorry = (what: string) =>
          fail(new Error(`${this.name} ${what} ${fits}\n${this.lines.slice(-40).join("\n")}`));
        timer = setTimeout(() => sorry(`gave in ${ms} ms no line like`), ms);
        void this.ended.then((how) => sorry(`ended (${how}) before a line like`));
      });
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  /** Stops it in its tracks: its connections stand, and nothing answers on them. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.#over) this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Asks it to end, and makes it end after `ms`. */
  async stop(ms = 5_000): Promise<number | string> {
    if (this.#over) return this.ended;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ms);
    const how = await this.ended;
    clearTimeout(timer);
    return how;
  }

  #take(line: string): void {
    this.lines.push(line);
    for (const waiter of [...this.#waiters]) if (waiter.test(line)) waiter.met(line);
  }
}

/** Runs a program to its end; fails when it takes longer than `ms` or does not end with 0. */
export async function run(command: string, args: readonly string[], ms: number, options: ProcessOptions = {}) {
  const program = new Process(command, command, args, options);
  const timer = setTimeout(() => void program.kill(), ms);
  const how = await program.ended;
  clearTimeout(timer);
  if (how !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${how}:\n${program.lines.join("\n")}`);
  return program.lines;
}
