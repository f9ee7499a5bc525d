import { fault, rowOf, wordsFor } from "../base/fault.ts";
import { throughOurMicrosoft } from "../federation/through-microsoft.ts";
import { adviceFor, readDiagnostics } from "../sip/ms-diagnostics.ts";
import type { OutsideNames } from "./outside-names.ts";
import { hostPort } from "./sip-flow.ts";
import type { SipPartnerAddresses } from "./sip-partner-addresses.ts";
import type { SipPartners } from "./sip-partners.ts";
import { signOfLife } from "./sip-sign-of-life.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { Site } from "./site.ts";

/** One step of a check, with what was found. */
export type CheckStep = { readonly what: string; readonly well: boolean; readonly words: string };

/** Tries a SIP partner as an administrator would want it tried: found, connected, proved, alive. */
export class SipPartnerCheck {
  readonly #site: Site;
  readonly #transactions: SipTransactions;
  readonly #partners: SipPartners;
  readonly #addresses: SipPartnerAddresses;
  readonly #names: Pick<OutsideNames, "domains">;

  constructor(
    site: Site,
    transactions: SipTransactions,
    partners: SipPartners,
    addresses: SipPartnerAddresses,
    names: Pick<OutsideNames, "domains">,
  ) {
    this.#site = site;
    this.#transactions = transactions;
    this.#partners = partners;
    this.#addresses = addresses;
    this.#names = names;
  }

  /** Never rejects; a step that fails is the last. */
  async run(domain: string): Promise<{ readonly steps: readonly CheckStep[] }> {
    const steps: CheckStep[] = [];
    const partner = this.#partners.of(domain.toLowerCase());
    if (partner === undefined) {
      return {
        steps: [
          {
            what: "partner",
            well: false,
            words: `${domain} is no SIP partner, and was not met over SIP: comity partner list, comity federation discover ${domain}`,
          },
        ],
      };
    }
    steps.push({ what: "partner", well: true, words: `${partner.domain}, type ${partner.type}` });
    for (const host of throughOurMicrosoft(partner, this.#names.domains)) {
      const why = fault("email-through-microsoft", host);
      steps.push({ what: "names", well: false, words: `${wordsFor(why)} ${rowOf(why.code).advice}` });
    }
    const { found, added, gone, failed } = await this.#addresses.look(partner);
    const listed = partner.addresses.length > 0 || partner.type === "aol";
    if (failed !== "") {
      steps.push({ what: "addresses", well: false, words: failed });
      return { steps };
    }
    if (listed && added.length + gone.length > 0) {
      const words = `not as expected: new ${added.join(", ") || "none"}, gone ${gone.join(", ") || "none"}`;
      steps.push({ what: "addresses", well: false, words });
    } else steps.push({ what: "addresses", well: true, words: found.join(", ") });
    const resting = await this.#partners.resting(partner);
    if (resting.length > 0) {
      const words = resting.map(({ server, why, ms }) => `${server} (${why}, for ${Math.ceil(ms / 1_000)} s more)`);
      steps.push({ what: "servers", well: false, words: `left for others: ${words.join(", ")}` });
    }
    const reached = await this.#partners.reach(partner);
    if (!reached.ok) {
      steps.push({ what: "connection", well: false, words: wordsFor(reached.fault) });
      return { steps };
    }
    const flow = reached.value;
    const safety =
      flow.tls === undefined
        ? "in the clear, as it is configured"
        : `${flow.tls.protocol} ${flow.tls.cipher}, its certificate proves it`;
    steps.push({
      what: "connection",
      well: true,
      words: `${hostPort(flow.remote)}, ${safety}`,
    });
    const { status, answer, ms } = await signOfLife(this.#site, this.#transactions, flow, partner.domain);
    const diagnostics = answer === undefined ? undefined : readDiagnostics(answer);
    const said =
      diagnostics === undefined ? "" : `; it says ${diagnostics.id} ${diagnostics.reason}. ${adviceFor(diagnostics)}`;
    const words = answer === undefined ? "no answer" : `answered ${status} after ${ms} ms${said}`;
    steps.push({ what: "sign of life", well: answer !== undefined, words });
    return { steps };
  }
}
