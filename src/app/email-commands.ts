import type { Command } from "commander";
import type { DomainView } from "../admin/desk.ts";
import type { EmailDomain, EmailEntry } from "../federation/email-names.ts";
import type { Adder, CommonOptions } from "./command.ts";
import { showAnswer } from "./show-answer.ts";
import { type ExitCode, say, table, usage } from "./terminal.ts";

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
  return showAnswer<Domains>(options, { target: "/domains" }, ({ domains, email: others }) => {
    say(
      table(
        ["DOMAIN", "USERS"],
        domains.map((row) => [row.domain, String(row.users)]),
      ),
    );
    if (others.length === 0) return;
    const rows = others.map((row) => [row.domain, String(row.users), row.managed]);
    say(`\n${table(["OF EMAIL ADDRESSES", "USERS", "MANAGED BY"], rows)}`);
  });
}

function addDomain(name: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "PUT", target: `/domains/${encodeURIComponent(name)}` };
  return showAnswer<{ domain: string }>(options, request, (added) => say(`${added.domain} is written down.`));
}

function remove(name: string, options: CommonOptions): Promise<ExitCode> {
  const request = { method: "DELETE", target: `/domains/${encodeURIComponent(name)}` };
  return showAnswer<{ domain: string }>(options, request, (gone) => say(`${gone.domain} is written down no more.`));
}
