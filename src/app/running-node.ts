import type { ListenerView, SessionView } from "../admin/node.ts";
import type { Result } from "../base/result.ts";
import type { World } from "../base/world.ts";
import type { LinkState } from "../federation/link-state.ts";
import type { Settings } from "../server/settings.ts";

/** What the process asks of the node it runs: the seam between `app` and `server`. */
export interface RunningNode {
  /** Where it listens, with the ports the system chose where 0 was asked for. */
  readonly listeners: readonly ListenerView[];
  sessions(): readonly SessionView[];
  links(): readonly LinkState[];
  /**
   * Puts other settings in force: opens what listeners are new, closes those that are gone, drops no connection. When a
   * listener cannot be opened, nothing is changed.
   */
  apply(settings: Settings): Promise<Result<void>>;
  /** Accepts no more, says goodbye on every stream, and resolves when all are closed or limits.drainMs have passed. */
  drain(): Promise<void>;
}

/** Resolves when every listener is up. Fails with listen-failed, naming address and port. */
export type StartNode = (world: World, settings: Settings) => Promise<Result<RunningNode>>;
