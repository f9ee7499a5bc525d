import { join } from "node:path";
import type { Network } from "./network.ts";
import { type Process, type ProcessOptions, run } from "./process.ts";

/** A program in a terminal of its own (tmux): keys go in, the screen is read. */
export class Terminal {
  readonly process: Process;
  readonly #tmux: readonly string[];

  private constructor(process: Process, socket: string) {
    this.process = process;
    // -N: never a server of its own making, with another environment and nobody to end it.
    this.#tmux = ["-N", "-S", socket];
  }

  /** `folder` must exist; tmux's socket lies in it. The terminal's server is our own child, not a daemon. */
  static async start(
    network: Network,
    folder: string,
    command: readonly string[],
    env: NonNullable<ProcessOptions["env"]>,
  ): Promise<Terminal> {
    const socket = join(folder, "tmux");
    const server = network.start(`terminal: ${command.join(" ")}`, ["tmux", "-D", "-S", socket, "-f", "/dev/null"], {
      env: { ...env, TERM: "screen-256color", LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
    });
    const terminal = new Terminal(server, socket);
    // The server has no line to say that it is up.
    for (let attempt = 1; ; attempt++) {
      try {
        await terminal.#command("new-session", "-d", "-s", "it", "-x", "120", "-y", "40", ...command);
        return terminal;
      } catch (error) {
        if (attempt === 50) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  /** Types a line and Enter. */
  async line(text: string): Promise<void> {
    await this.#command("send-keys", "-t", "it", "-l", text);
    await this.#command("send-keys", "-t", "it", "Enter");
  }

  async screen(): Promise<string> {
    return (await this.#command("capture-pane", "-p", "-t", "it")).join("\n");
  }

  /** Waits until the screen shows it; fails with the screen. */
  async shows(pattern: RegExp, ms = 15_000): Promise<string> {
    const untilMs = Date.now() + ms;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (Date.now() > untilMs) throw new Error(`${this.process.name} does not show ${pattern}:\n${screen}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  async close(): Promise<void> {
    await this.#command("kill-server").catch(() => undefined);
    await this.process.stop();
  }

  #command(...words: readonly string[]): Promise<string[]> {
    return run("tmux", [...this.#tmux, ...words], 5_000);
  }
}
