export type Asked = {
  readonly reload: () => void;
  readonly stopping: (signal: string) => void;
  readonly drain: () => Promise<void>;
  /** An exception nobody caught: our own bug. */
  readonly failed: (error: Error) => void;
};

/**
 * A terminal sends Ctrl-C to the whole group and npm sends it on once more: what comes within this time is the same wish.
 */
const sameWishMs = 500;

/** Waits for the signal to stop, and drains; a second signal, or our own bug, ends it at once. */
export function signalled(asked: Asked): Promise<"drained" | "at once"> {
  const { promise, resolve } = Promise.withResolvers<"drained" | "at once">();
  let since: number | undefined;
  const failed = (error: unknown): void => {
    asked.failed(error instanceof Error ? error : new Error(String(error)));
    resolve("at once");
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (since !== undefined) {
      if (performance.now() - since > sameWishMs) resolve("at once");
      return;
    }
    since = performance.now();
    asked.stopping(signal);
    asked.drain().then(() => resolve("drained"), failed);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", asked.reload);
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  return promise;
}
