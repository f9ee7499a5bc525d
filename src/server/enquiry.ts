import type { Fault } from "../base/fault.ts";
import type { Question, Setup } from "../xmpp/s2s-out.ts";
import { Dialler, type Reached } from "./dialler.ts";
import { LinkOut, type LinkOwner } from "./link-out.ts";
import { clientSecurity } from "./link-security.ts";
import type { Site } from "./site.ts";

type Outcome = Parameters<LinkOwner["answered"]>[1];

/**
 * One question to a foreign domain's own server about a dialback key, on a connection made for it: never the one the key
 * came on (XEP-0220 §2.1, A.6).
 */
export class Enquiry implements LinkOwner {
  readonly #site: Site;
  readonly #question: Question;
  readonly #setup: (withoutTls: boolean) => Setup;
  readonly #done: (outcome: Outcome) => void;
  #withoutTls = false;
  #dialler: Dialler;
  #link: LinkOut | undefined;
  #answered = false;

  constructor(site: Site, question: Question, setup: (withoutTls: boolean) => Setup, done: (outcome: Outcome) => void) {
    this.#site = site;
    this.#question = question;
    this.#setup = setup;
    this.#done = done;
    this.#dialler = this.#dial();
  }

  proved(): void {}

  refused(): void {}

  redial(_link: LinkOut, _why: Fault): void {
    this.#withoutTls = true;
    this.#link = undefined;
    this.#dialler.cancel();
    this.#dialler = this.#dial();
  }

  answered(_question: Question, outcome: Outcome, link: LinkOut): void {
    // A link that failed on one of the domain's servers says so for the question too; another server may still answer.
    const failed = outcome.type === "error" && outcome.condition !== "item-not-found";
    if (failed && this.#dialler.hasMore && !this.#answered) return;
    this.#finish(outcome);
    link.end(undefined);
  }

  closed(link: LinkOut): void {
    // A link that was replaced (TLS failed) has nothing more to say.
    if (this.#answered || link !== this.#link) return;
    if (this.#dialler.hasMore) this.#dialler.next();
    else this.#finish({ type: "error", condition: "remote-connection-failed" });
  }

  #dial(): Dialler {
    const { foreign, local } = this.#question;
    const { settings } = this.#site;
    const policy = settings.partners.policyFor(foreign);
    const plain = policy.tls === "none" || this.#withoutTls;
    const call = {
      foreign,
      routes: policy.route,
      directTls: plain ? undefined : { ...clientSecurity(settings, local, foreign), alpn: ["xmpp-server"] },
    };
    const dialler = new Dialler(this.#site, call, (result) => {
      if (result.ok) this.#begin(result.value);
      else this.#finish({ type: "error", condition: "remote-server-not-found" });
    });
    dialler.start();
    return dialler;
  }

  #begin(reached: Reached): void {
    this.#link = new LinkOut(this.#site, this.#setup(this.#withoutTls), reached, this, [this.#question], false);
    this.#link.start();
  }

  #finish(outcome: Outcome): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#dialler.cancel();
    this.#done(outcome);
  }
}
