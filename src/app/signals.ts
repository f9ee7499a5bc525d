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

/** How often it is looked whether npm still lives. */
const parentLookMs = 1000;

/**
 * `npm start` passes signals on, but not its own sudden death: then this process would live on unseen, holding its ports.
 */
function whenNpmDies(then: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    then();
  }, parentLookMs);
  look.unref();
}

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
  whenNpmDies(() => stop("SIGTERM"));
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", asked.reload);
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  return promise;
}
