import * as inviteClient from "../src/sip/invite-client-tx.ts";
import * as inviteServer from "../src/sip/invite-server-tx.ts";
import * as client from "../src/sip/non-invite-client-tx.ts";
import * as server from "../src/sip/non-invite-server-tx.ts";
import { inviteTryingMs, lateTryingMs } from "../src/sip/timers.ts";
import { Transaction, TransactionWorld } from "./sip-transaction-world.ts";

/** `without`: "client E", a timer that never rings. `told`: the story is kept. */
export type Run = { readonly reliable: boolean; readonly without?: string; readonly told?: boolean };
export type Outcome = { readonly wrong: readonly string[]; readonly story: readonly string[] };

/** Answers at once, soon, late, too late or never. */
function thinkingMs(world: TransactionWorld): number {
  const { random } = world;
  return [0, random.below(200), random.below(2_000), random.below(15_000), random.below(60_000), Infinity][
    random.below(6)
  ] as number;
}

/** Nothing is in the way for good: whoever is answered in time must hear of it. */
function mustGetThrough(world: TransactionWorld, thinks: number): boolean {
  const { healsAtMs, loss, refused, cutAtMs } = world.weather;
  return thinks < 15_000 && (healsAtMs < Infinity || loss === 0) && refused === 0 && cutAtMs === Infinity;
}

/** What a transaction user may hear: one final response or one failure. */
class Heard {
  readonly finals: number[] = [];
  readonly provisionals: number[] = [];
  readonly failures: string[] = [];

  response(status: number): void {
    (status < 200 ? this.provisionals : this.finals).push(status);
  }
}

/** A request that is no INVITE, from the first packet until both sides have forgotten it. */
export function runNonInvite(seed: number, { reliable, without, told }: Run): Outcome {
  const world = new TransactionWorld(seed, reliable, told === true);
  const { random, wrong } = world;
  const thinks = thinkingMs(world);
  const isDeaf = random.chance(0.03);
  const status = [200, 200, 202, 404, 603, 408][random.below(6)] as number;
  const heard = new Heard();
  const sent: { status: number; atMs: number }[] = [];
  let kept = 0;
  let handedUpMs: number[] = [];
  let requests = 0;
  let strays = 0;
  let far: Transaction<server.State, server.Event, server.Effect> | undefined;

  const respond = (what: number): void => {
    kept = what;
    sent.push({ status: what, atMs: world.nowMs });
    const arrive = () => (near.over ? strays++ : near.on({ kind: "response", status: what }));
    if (!world.send("client", String(what), arrive)) far?.on({ kind: "transport-failed" });
  };
  const arrived = (): void => {
    if (isDeaf) return;
    if (far !== undefined && !far.over) far.on({ kind: "request" });
    else far = new Transaction(world, "server", server.begin(world.link), server.on, serve, without);
  };
  const serve = (effect: server.Effect, event: server.Event | undefined): void => {
    if (effect.kind === "pass-up") {
      handedUpMs = [...handedUpMs, world.nowMs];
      // a transaction user that would like to say 180 is not let
      if (random.chance(0.2)) world.after(random.below(5_000), () => far?.on({ kind: "answer", status: 180 }));
      if (thinks < Infinity) world.after(thinks, () => far?.on({ kind: "answer", status }));
    } else if (effect.kind === "send" && event?.kind === "answer") respond(event.status);
    else if (effect.kind === "trying") respond(100);
    else if (effect.kind === "repeat") respond(kept);
  };
  const near: Transaction<client.State, client.Event, client.Effect> = new Transaction(
    world,
    "client",
    client.begin(world.link),
    client.on,
    (effect: client.Effect, event: client.Event | undefined) => {
      if (effect.kind === "send") {
        requests += 1;
        // the first request leaves before `near` stands: its failure is told afterwards
        if (!world.send("server", "request", arrived)) world.after(0, () => near.on({ kind: "transport-failed" }));
      } else if (effect.kind === "pass-up" && event?.kind === "response") heard.response(event.status);
      else if (effect.kind === "fail") heard.failures.push(effect.why);
    },
    without,
  );
  world.onCut(() => {
    near.on({ kind: "transport-failed" });
    far?.on({ kind: "transport-failed" });
  });
  world.run();

  if (!near.over) wrong.push("the client never ends");
  if (far !== undefined && !far.over) wrong.push("the server never ends");
  if (heard.finals.length + heard.failures.length !== 1) wrong.push(`${JSON.stringify(heard)} is not one outcome`);
  if (heard.finals.some((each) => each !== status)) wrong.push("a response nobody gave");
  if (handedUpMs.length > 1) wrong.push("the request was handed up twice");
  if (strays > 0 && heard.failures.length === 0) wrong.push(`${strays} responses came after the client had ended`);
  if (requests > 11 || (reliable && requests > 1)) wrong.push(`${requests} copies of the request`);
  if (sent.some((each) => each.status === 408)) wrong.push("RFC 4320 §4.2: a 408 was sent");
  if (sent.some((each) => each.status < 200 && each.status !== 100)) wrong.push("RFC 4320 §4.1: 1xx but 100");
  const began = handedUpMs[0] ?? 0;
  const late = lateTryingMs(world.link);
  if (!reliable && sent.some((each) => each.status === 100 && each.atMs < began + late)) wrong.push("an early 100");
  const isQuiet = handedUpMs.length > 0 && thinks > late && !sent.some((each) => each.atMs === began + late);
  if (isQuiet && !world.cut) wrong.push("RFC 4320 §4.1: no 100 though there was no answer");
  if (mustGetThrough(world, isDeaf ? Infinity : thinks) && status !== 408 && heard.failures.length > 0)
    wrong.push("nothing got through");
  return { wrong, story: world.story ?? [] };
}

/** An INVITE until both sides have forgotten it; its transaction users repeat and acknowledge 2xx (§13.2.2.4, §13.3.1.4). */
export function runInvite(seed: number, { reliable, without, told }: Run): Outcome {
  const world = new TransactionWorld(seed, reliable, told === true);
  const { random, wrong, link } = world;
  const thinks = thinkingMs(world);
  const isDeaf = random.chance(0.03);
  const ringsMs = random.chance(0.5) ? random.below(3_000) : Infinity;
  const cancelsMs = random.chance(0.2) ? random.below(10_000) : Infinity;
  const obeys = random.chance(0.9);
  const isOldStyle = random.chance(0.3);
  const status = [200, 200, 202, 404, 486, 603][random.below(6)] as number;
  const heard = new Heard();
  const came = { accepting: 0, refusing: 0 };
  const acks = { hop: 0, stray: 0, failed: 0 };
  const answers = { given: 0, sent: 0 };
  const serverSaid: { status: number; atMs: number }[] = [];
  const serverFailed: string[] = [];
  let handedUpMs: number[] = [];
  let kept = 0;
  let strays = 0;
  let invites = 0;
  let acknowledged = false;
  let far: Transaction<inviteServer.State, inviteServer.Event, inviteServer.Effect> | undefined;

  const respond = (what: number): void => {
    kept = what;
    serverSaid.push({ status: what, atMs: world.nowMs });
    if (what >= 200 && what < 300) answers.sent += 1;
    const arrive = () => {
      if (near.over) strays += 1;
      else {
        if (what >= 300) came.refusing += 1;
        else if (what >= 200) came.accepting += 1;
        near.on({ kind: "response", status: what });
      }
    };
    if (!world.send("client", String(what), arrive)) far?.on({ kind: "transport-failed" });
  };
  /** §13.3.1.4: a 2xx is repeated by the transaction user until it is acknowledged. */
  const give = (what: number, waitMs: number, untilMs: number): void => {
    if (far === undefined || (far.state.at !== "proceeding" && far.state.at !== "accepted")) return;
    if (what >= 200 && what < 300) {
      if (acknowledged || world.nowMs >= untilMs) return;
      answers.given += 1;
      world.after(waitMs, () => give(what, Math.min(2 * waitMs, link.t2), untilMs));
    }
    far.on({ kind: "answer", status: what });
  };
  const answer = (what: number): void => {
    if (far?.state.at === "proceeding") give(what, link.t1, world.nowMs + 64 * link.t1);
  };
  const serve = (effect: inviteServer.Effect, event: inviteServer.Event | undefined): void => {
    if (effect.kind === "pass-up" && event === undefined) {
      handedUpMs = [...handedUpMs, world.nowMs];
      if (ringsMs < thinks) world.after(ringsMs, () => answer(180));
      if (thinks < Infinity) world.after(thinks, () => answer(status));
    } else if (effect.kind === "pass-up") acknowledged = true;
    else if (effect.kind === "send" && event?.kind === "answer") respond(event.status);
    else if (effect.kind === "trying") respond(100);
    else if (effect.kind === "repeat") respond(kept);
    else if (effect.kind === "fail") serverFailed.push(effect.why);
  };
  const arrived = (): void => {
    if (isDeaf) return;
    if (far !== undefined && !far.over) far.on({ kind: "request" });
    else far = new Transaction(world, "server", inviteServer.begin(), inviteServer.on, serve, without);
  };
  const hopAck = (): void => {
    if (far === undefined || far.over) acks.stray += 1;
    else far.on({ kind: "ack" });
  };
  /** The ACK of a 2xx has a branch of its own; that of an RFC 2543 client matches the INVITE. */
  const ownAck = (): void => {
    if (isOldStyle && far !== undefined && !far.over) far.on({ kind: "ack" });
    else acknowledged = true;
  };
  const cancel = (copies: number, waitMs: number): void => {
    if (near.over || copies === 0) return;
    world.send("server", "CANCEL", () => obeys && answer(487));
    world.after(waitMs, () => cancel(copies - 1, 2 * waitMs));
  };
  const near: Transaction<inviteClient.State, inviteClient.Event, inviteClient.Effect> = new Transaction(
    world,
    "client",
    inviteClient.begin(link),
    inviteClient.on,
    (effect: inviteClient.Effect, event: inviteClient.Event | undefined) => {
      if (effect.kind === "send") {
        invites += 1;
        if (!world.send("server", "INVITE", arrived)) world.after(0, () => near.on({ kind: "transport-failed" }));
      } else if (effect.kind === "send-ack") {
        acks.hop += 1;
        if (!world.send("server", "ACK", hopAck)) near.on({ kind: "transport-failed" });
      } else if (effect.kind === "send-cancel") cancel(reliable ? 1 : 6, link.t1);
      else if (effect.kind === "pass-up" && event?.kind === "response") {
        heard.response(event.status);
        if (event.status >= 200 && event.status < 300) world.send("server", "ACK of 2xx", ownAck);
      } else if (effect.kind === "send-failed") acks.failed += 1;
      else if (effect.kind === "fail") heard.failures.push(effect.why);
    },
    without,
  );
  if (cancelsMs < Infinity) world.after(cancelsMs, () => near.on({ kind: "cancel" }));
  world.onCut(() => {
    near.on({ kind: "transport-failed" });
    far?.on({ kind: "transport-failed" });
  });
  world.run();

  const accepting = heard.finals.filter((each) => each < 300);
  const refusing = heard.finals.filter((each) => each >= 300);
  const outcomes = Math.min(accepting.length, 1) + refusing.length + heard.failures.length;
  if (!near.over) wrong.push("the client never ends");
  if (far !== undefined && !far.over) wrong.push("the server never ends");
  if (outcomes !== 1) wrong.push(`${JSON.stringify(heard)} is not one outcome`);
  if (heard.finals.some((each) => each !== status && each !== 487)) wrong.push("a response nobody gave");
  if (handedUpMs.length > 1) wrong.push("the INVITE was handed up twice");
  // Figure 5: a client that could not send its ACK has ended
  if (strays > 0 && heard.failures.length + acks.failed === 0)
    wrong.push(`${strays} responses came after the client had ended`);
  if (acks.stray > 0 && serverFailed.length === 0) wrong.push(`${acks.stray} ACKs came after the server had ended`);
  if (invites > 7 || (reliable && invites > 1)) wrong.push(`${invites} copies of the INVITE`);
  // RFC 6026: every 2xx reaches the transaction user, who alone acknowledges it, and who alone repeats it
  if (accepting.length !== came.accepting) wrong.push(`${came.accepting} 2xx came, ${accepting.length} were passed up`);
  if (acks.hop !== came.refusing) wrong.push(`${came.refusing} refusals came, ${acks.hop} ACKs were sent`);
  if (answers.sent !== answers.given) wrong.push(`${answers.given} 2xx were given, ${answers.sent} sent`);
  const began = handedUpMs[0] ?? 0;
  const isQuiet = handedUpMs.length > 0 && !serverSaid.some((each) => each.atMs <= began + inviteTryingMs);
  if (isQuiet && !world.cut) wrong.push("§17.2.1: nothing said for 200 ms");
  if (mustGetThrough(world, isDeaf ? Infinity : thinks)) {
    if (heard.failures.length > 0 && cancelsMs === Infinity) wrong.push("nothing got through");
    if (serverFailed.length > 0) wrong.push(`the server failed: ${serverFailed}`);
    if (accepting.length > 0 && !acknowledged) wrong.push("no ACK of the 2xx got through");
  }
  return { wrong, story: world.story ?? [] };
}
