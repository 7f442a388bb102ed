import type { Env } from "../../lib/config/reader.ts";

const datadog = { DATADOG_API_KEY: "datadog-key-0123456789" };
const mackerel = { MACKEREL_API_KEY: "mackerel-key-0123456789", MACKEREL_SERVICE: "shop" };
const github = { GITHUB_REPOSITORIES: "acme/web, acme/*", GITHUB_TOKEN: "github-token-0123456789" };

/** Every kind of installation, by what sets it apart. */
export const awsConfigurations: Readonly<Record<string, Env>> = {
  everything: { ...datadog, ...mackerel, ...github },
  "Datadog only": { ...datadog, ...github },
  "Mackerel only": { ...mackerel, ...github },
  "no collector": { ...datadog, ...mackerel },
  "an HTTP API": { ...datadog, ...mackerel, ...github, HYDRANT_FRONT_END: "http-api" },
  "everything backed up, pass-through open": { ...mackerel, HYDRANT_BACKUP: "all", HYDRANT_PASSTHROUGH: "1" },
  "once a day by a cron expression": {
    ...mackerel,
    ...github,
    COLLECT_SCHEDULE: "cron(0 9 * * ? *)",
    COLLECT_TIMEZONE: "Asia/Tokyo",
  },
  "without any secret at hand": {
    DATADOG_SITE: "datadoghq.eu",
    MACKEREL_SERVICE: "shop",
    GITHUB_REPOSITORIES: "acme/web",
    GITHUB_APP_ID: "1",
    GITHUB_APP_INSTALLATION_ID: "2",
  },
};

export const awsSecretValues = [
  datadog.DATADOG_API_KEY,
  mackerel.MACKEREL_API_KEY,
  github.GITHUB_TOKEN,
  "PRIVATE KEY",
];
