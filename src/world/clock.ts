import type { Cancel, Clock } from "../base/clock.ts";

/** The longest wait setTimeout takes; a longer one would fire at once, so it is made of several. */
const timeoutMsMax = 2_147_483_647;

/** Time as the system tells it. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after,
    endOfTurn: (then) => void setImmediate(then),
  };
}

function after(ms: number, then: () => void): Cancel {
  const due = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    // The platform counts whole milliseconds and may ring up to one early; the door promises "at least".
    const left = due - performance.now();
    if (left <= 0) then();
    else timer = setTimeout(wait, Math.min(Math.ceil(left), timeoutMsMax));
  };
  timer = setTimeout(wait, Math.min(Math.max(0, Math.ceil(ms)), timeoutMsMax));
  return () => clearTimeout(timer);
}
