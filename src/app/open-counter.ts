import { ok, type Result } from "../base/result.ts";
import type { CommonOptions } from "./command.ts";
import type { Counter } from "./counter.ts";
import { type Home, homeFrom } from "./home.ts";
import { actor, askNode, nodeCounter } from "./node-counter.ts";
import { type ExitCode, failWith } from "./terminal.ts";

/** Asks the running node; without one opens the store, so that users can be made before the first start. */
async function openCounter(home: Home): Promise<Result<Counter>> {
  const probe = await askNode(home, "GET", "/domains");
  if (probe !== undefined) return ok(nodeCounter(home));
  // The store and all around it is loaded only when it is needed: a running node answers without.
  const { storeCounter } = await import("./store-counter.ts");
  return storeCounter(home, actor());
}

/** Opens the counter for one command and closes it after. */
export async function withCounter(
  options: CommonOptions,
  then: (counter: Counter) => Promise<ExitCode>,
): Promise<ExitCode> {
  const counter = await openCounter(homeFrom(options));
  if (!counter.ok) return failWith(counter.fault, options);
  try {
    return await then(counter.value);
  } finally {
    await counter.value.close();
  }
}
