import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Step } from "../src/base/step.ts";

/**
 * Proves a machine against the figure that draws it. Each row of `arrows` (what the figure shows) and `beside` (what we
 * decided for pairs it does not show) is `state | event | next state | effects`; `ignored` has `state | events` that
 * change nothing. The names are those of `states` and `events`; a row may also lead to one of `further`, states no pair is
 * asked of. Together the rows must speak of every pair of a state and an event, once.
 */
export function provesFigure<State, Event, Effect extends { readonly kind: string }>(figure: {
  readonly title: string;
  readonly on: (state: State, event: Event) => Step<State, Effect>;
  readonly states: Readonly<Record<string, State>>;
  readonly events: Readonly<Record<string, Event>>;
  readonly further?: Readonly<Record<string, State>>;
  readonly arrows: string;
  readonly beside?: string;
  readonly ignored: string;
}): void {
  const all = { ...figure.further, ...figure.states };
  const ignored = rows(figure.ignored).flatMap(([state = "", list = ""]) =>
    list.split(", ").map((event) => [state, event, state, ""]),
  );
  const drawn = rows(figure.arrows);
  const decided = [...rows(figure.beside ?? ""), ...ignored];

  const wrong = (table: readonly string[][]): readonly string[] =>
    table.flatMap(([state = "", event = "", next = "", effects = ""]) => {
      const from = named(figure.states, state);
      const after = figure.on(from, named(figure.events, event));
      const does = after.effects.map(words).join(" ");
      const isRight = isDeepStrictEqual(after.next, named(all, next)) && does === effects;
      return isRight ? [] : [`${state}, ${event}: ${JSON.stringify(after.next)}, ${does}`];
    });

  test(`${figure.title}: every arrow`, () => assert.deepEqual(wrong(drawn), []));
  test(`${figure.title}: what it does not show`, () => assert.deepEqual(wrong(decided), []));
  test(`${figure.title}: each state and event is spoken of once`, () => {
    const spoken = [...drawn, ...decided].map(([state, event]) => `${state}, ${event}`);
    const pairs = Object.keys(figure.states).flatMap((state) =>
      Object.keys(figure.events).map((event) => `${state}, ${event}`),
    );
    assert.deepEqual(spoken.sort(), pairs.sort());
  });
}

function named<T>(known: Readonly<Record<string, T>>, name: string): T {
  const found = known[name];
  assert.ok(found !== undefined, `nothing is called ${name}`);
  return found;
}

function rows(table: string): readonly string[][] {
  const lines = table.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => line.split("|").map((cell) => cell.trim()));
}

/** An effect in short: "send", "fail:timeout", "E=500" for a timer that is started. */
export function words(effect: { readonly kind: string }): string {
  const { kind, timer, ms, why }: { kind: string; timer?: string; ms?: number; why?: string } = effect;
  if (kind === "start") return `${timer}=${ms}`;
  return why === undefined ? kind : `${kind}:${why}`;
}
