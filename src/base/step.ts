/**
 * What a protocol machine answers to one event: the state it is in now, and what the world is asked to do, in order.
 * A machine is a function `on(state, event)`; it owns no socket, timer, clock or random number.
 */
export type Step<State, Effect> = { readonly next: State; readonly effects: readonly Effect[] };

/** Builds a Step. NoInfer makes the compiler check state and effects against the machine's declared unions. */
export function step<State, Effect>(next: NoInfer<State>, ...effects: NoInfer<Effect>[]): Step<State, Effect> {
  return { next, effects };
}
