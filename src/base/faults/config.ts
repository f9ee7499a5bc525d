import type { FaultRows } from "./row.ts";

/** Configuration and commands. */
export const configFaults = {
  "config-unreadable": {
    user: "The configuration file cannot be read.",
    advice: "Check the path and its permissions; `npm start` or `comity config default` makes a commented one.",
    cite: "comity.yaml",
  },
  "config-syntax": {
    user: "The configuration file is not valid YAML.",
    advice: "The detail names line and column; indentation by spaces only.",
    cite: "comity.yaml",
  },
  "config-unknown-key": {
    user: "The configuration has a key Comity does not know.",
    advice: "The detail names the nearest known key; `comity config schema` lists all.",
    cite: "comity.yaml",
  },
  "config-invalid": {
    user: "A value of the configuration cannot be used.",
    advice: "The detail says where it stands and what may be written there.",
    cite: "comity.yaml",
  },
  "listen-failed": {
    user: "A port could not be opened.",
    advice:
      "Another program uses the address and port, or the address is not this machine's, or the port is below 1024 without the right.",
    cite: "comity.yaml listeners",
  },
  "not-running": {
    user: "No node runs on this data folder.",
    advice: "Start it with `npm start` or `comity serve`, or point --home at the right folder.",
    cite: "comity status",
  },
} as const satisfies FaultRows;
