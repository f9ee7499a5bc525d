import assert from "node:assert/strict";
import { test } from "node:test";
import { pass, type Time } from "./time.ts";

/** What every clock must do. */
export function clockContract(kind: string, make: () => Time): void {
  const check = (name: string, body: (time: Time) => Promise<void>) => test(`${kind}: ${name}`, () => body(make()));

  check("monotonic time never goes back and counts at least what was waited", async (time) => {
    const { clock } = time;
    for (const ms of [0, 1, 5]) {
      const start = clock.monotonicMs();
      await pass(time, ms);
      assert.ok(clock.monotonicMs() - start >= ms, `rang after ${clock.monotonicMs() - start} of ${ms} ms`);
    }
  });

  check("the wall clock shows milliseconds of this century", async ({ clock }) => {
    assert.ok(clock.now() > Date.UTC(2025) && clock.now() < Date.UTC(2100));
  });

  check("what is due earlier happens earlier, and nothing happens inside the asking", async (time) => {
    const seen: string[] = [];
    const last = new Promise<void>((done) => {
      time.clock.after(30, () => {
        seen.push("30");
        done();
      });
      time.clock.after(10, () => void seen.push("10"));
      time.clock.after(0, () => void seen.push("0"));
    });
    assert.deepEqual(seen, []);
    await time.until(last);
    assert.deepEqual(seen, ["0", "10", "30"]);
  });

  check("what is taken back does not happen; taking it back again, or too late, harms nothing", async (time) => {
    let rang = 0;
    const cancel = time.clock.after(1, () => void rang++);
    cancel();
    cancel();
    const late = time.clock.after(1, () => void rang++);
    await pass(time, 5);
    late();
    assert.equal(rang, 1);
  });

  check("a wait of fifty days does not end at once", async (time) => {
    let rang = false;
    const cancel = time.clock.after(50 * 86_400_000, () => {
      rang = true;
    });
    await pass(time, 5);
    assert.equal(rang, false);
    cancel();
  });

  check("the end of the turn comes after this code and its promises, once each, in order", async (time) => {
    const seen: string[] = [];
    const over = new Promise<void>((done) => {
      time.clock.endOfTurn(() => void seen.push("first"));
      time.clock.endOfTurn(() => {
        seen.push("second");
        time.clock.endOfTurn(done);
      });
    });
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => void seen.push("promise"));
    seen.push("code");
    await time.until(over);
    assert.deepEqual(seen, ["code", "promise", "first", "second"]);
  });
}
