import type { Command } from "commander";
import type { DomainView } from "../admin/desk.ts";
import type { EmailDomain, EmailEntry } from "../federation/email-names.ts";
import type { CertificateReport } from "../pki/report.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { withCounter } from "./open-counter.ts";
import { showAnswer } from "./show-answer.ts";
import { type ExitCode, exitCodes, failWith, say, sayJson, table, usage } from "./terminal.ts";

/** `comity user email` */
export function addEmailCommand(user: Command, add: Adder): void {
  add(user, "email [address] [email]", "show, or set, what other domains know people by", email)
    .option("--clear", "the person has none any more")
    .option("--json", "answer in JSON")
    .addHelpText(
      "after",
      "\nIt counts where federation.emailAddresses is true.\nExample:\n  comity user email alice@ours.example alice.smith@mail.example",
    );
}

function email(
  address: string | undefined,
  wanted: string | undefined,
  options: CommonOptions & { readonly clear?: boolean },
): Promise<ExitCode> | ExitCode {
  if (address === undefined) {
    return showAnswer<{ emails: readonly EmailEntry[] }>(options, { target: "/emails" }, ({ emails }) => {
      const rows = emails.map((each) => [each.address, each.email]);
      say(rows.length === 0 ? "Nobody has an email address here." : table(["ADDRESS", "EMAIL"], rows));
    });
  }
  if (options.clear === true && wanted !== undefined) return usage("--clear takes no email address");
  const target = `/users/${encodeURIComponent(address)}/email`;
  const set = options.clear === true ? "" : wanted;
  const request = set === undefined ? { target } : { method: "PUT", target, body: { email: set } };
  return showAnswer<EmailEntry>(options, request, (entry) =>
    say(`${entry.address}: ${entry.email === "" ? "no email address" : entry.email}`),
  );
}

/** `comity domain …` */
export function addDomainCommands(program: Command, add: Adder): void {
  const domain = program.command("domain").summary("our domains").description("The domains of our people.");
  add(
    domain,
    "list",
    "list the domains served, and those of email addresses, with how many users each has",
    list,
  ).option("--json", "answer in JSON");
  add(domain, "add <domain>", "write down a domain of email addresses that nobody has one in yet", addDomain)
    .option("--json", "answer in JSON")
    .addHelpText("after", "\nDomains people sign in with stand under domains: in comity.yaml.");
  add(domain, "remove <domain>", "take back what `domain add` wrote", remove).option("--json", "answer in JSON");
}

type Domains = { readonly domains: readonly DomainView[]; readonly email: readonly EmailDomain[] };

function list(options: CommonOptions): Promise<ExitCode> {
  return withCounter(options, async (counter) => {
    const answer = await counter.ask<Domains>("GET", "/domains");
    if (!answer.ok) return failWith(answer.fault, options);
    const { domains, email: others } = answer.value;
    if (options.json === true) {
      sayJson(answer.value);
      return exitCodes.ok;
    }
    const served = domains.map((row) => [row.domain, String(row.users)]);
    say(table(["DOMAIN", "USERS"], served));
    if (others.length === 0) return exitCodes.ok;
    const reports = await counter.ask<{ certificates: readonly CertificateReport[] }>("GET", "/certificates");
    const shown = reports.ok ? reports.value.certificates : [];
    const rows = others.map((row) => [row.domain, String(row.users), row.managed, certificateFor(row.domain, shown)]);
    say(`\n${table(["OF EMAIL ADDRESSES", "USERS", "MANAGED BY", "CERTIFICATE"], rows)}`);
    return exitCodes.ok;
  });
}

/** EML-09, CRT-31: whether what is shown for a domain of email addresses carries it: its own certificate, else the first one. */
function certificateFor(domain: string, reports: readonly CertificateReport[]): string {
  const report = reports.find((each) => each.domain === domain) ?? reports[0];
  if (report === undefined) return "none";
  const above = domain.slice(domain.indexOf("."));
  const carries = report.names.some((each) => {
    const name = each.slice(each.lastIndexOf(" ") + 1);
    return name === domain || (name.startsWith("*.") && name.slice(1) === above);
  });
  return carries ? `that of ${report.domain}` : `that of ${report.domain} does not carry it`;
}

function addDomain(name: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "PUT", target: `/domains/${encodeURIComponent(name)}` };
  return showAnswer<{ domain: string }>(options, request, (added) => say(`${added.domain} is written down.`));
}

function remove(name: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "DELETE", target: `/domains/${encodeURIComponent(name)}` };
  return showAnswer<{ domain: string }>(options, request, (gone) => say(`${gone.domain} is written down no more.`));
}
