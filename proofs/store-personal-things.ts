import assert from "node:assert/strict";
import type { Store } from "../src/base/store.ts";
import { alice, bob, calendar } from "./store-samples.ts";
import type { Time } from "./time.ts";

/** A store with the means to break it. */
export type StoreUnderTest = {
  readonly time: Time;
  readonly store: Store;
  /** Ends the store's owner without warning and opens what is left. */
  crash(): Promise<Store>;
  close(): Promise<void>;
};

/** One promise of every store. */
export type Check = (name: string, body: (given: StoreUnderTest) => Promise<void>) => void;

/** Plain data: implementations may answer with any kind of Uint8Array. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? [...each] : (each ?? null))));
}

/** What a store keeps of each person beside messages and rosters: whom they let see them, their calendar, their documents. */
export function personalThings(check: Check): void {
  check("privacy is what was last said, in its order, and nothing before anything was said", async (given) => {
    const { privacy } = given.store;
    const { until } = given.time;
    assert.equal(await until(privacy.load(alice)), undefined);
    await until(privacy.put(alice, { otherwise: "allow", entries: [] }));
    const rules = {
      otherwise: "ask",
      entries: [
        { who: "zoe@theirs.example", rule: "block" },
        { who: "theirs.example", rule: "allow" },
      ],
    } as const;
    await until(privacy.put(alice, rules));
    assert.deepEqual(await until(privacy.load(alice)), rules);
    assert.equal(await until(privacy.load(bob)), undefined);
  });

  check("calendars are what they last said, of everybody in one answer", async (given) => {
    const { calendars } = given.store;
    const { until } = given.time;
    assert.deepEqual(await until(calendars.all()), []);
    await until(calendars.put(bob, calendar("out-of-office")));
    await until(calendars.put(alice, calendar("tentative")));
    await until(calendars.put(alice, calendar("in-a-meeting", "Büro 7")));
    assert.deepEqual(
      plain(await until(calendars.all())),
      plain([
        [alice, calendar("in-a-meeting", "Büro 7")],
        [bob, calendar("out-of-office")],
      ]),
    );
    await until(calendars.remove(bob));
    await until(calendars.remove(bob));
    assert.equal((await until(calendars.all())).length, 1);
  });

  check("documents are kept by name, byte for byte, each person's own", async (given) => {
    const { documents } = given.store;
    const { until } = given.time;
    const document = (name: string, ...bytes: number[]) => ({
      name,
      etag: `e${bytes}`,
      content: Uint8Array.from(bytes),
    });
    assert.equal(await until(documents.get(alice, "rls-services/index")), undefined);
    await until(documents.put(alice, document("rls-services/index", 1)));
    await until(documents.put(alice, document("rls-services/index", 0, 255, 13)));
    await until(documents.put(alice, document("pres-content/face")));
    await until(documents.put(bob, document("rls-services/index", 9)));
    assert.deepEqual(
      plain(await until(documents.get(alice, "rls-services/index"))),
      plain(document("rls-services/index", 0, 255, 13)),
    );
    assert.deepEqual(
      plain(await until(documents.list(alice))),
      plain([document("pres-content/face"), document("rls-services/index", 0, 255, 13)]),
    );
    assert.equal(await until(documents.remove(alice, "pres-content/face")), true);
    assert.equal(await until(documents.remove(alice, "pres-content/face")), false);
    assert.equal((await until(documents.list(alice))).length, 1);
    assert.deepEqual(plain(await until(documents.list(bob))), plain([document("rls-services/index", 9)]));
  });
}
