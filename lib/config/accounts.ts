import type { DatadogAccount } from "../destinations/datadog.ts";
import { datadogApiUrl, datadogSites } from "../destinations/datadog-sites.ts";
import type { MackerelAccount } from "../destinations/mackerel.ts";
import { serviceName } from "../destinations/mackerel-name.ts";
import type { Reader } from "./reader.ts";

/** What the configuration has of each destination; undefined where its account is not configured. */
export interface Accounts {
  readonly datadog?: (DatadogAccount & { readonly site: string }) | undefined;
  readonly mackerel?: MackerelAccount | undefined;
}

const datadogKeys = ["DATADOG_API_KEY", "DD_API_KEY"] as const;
const mackerelKeys = ["MACKEREL_API_KEY", "MACKEREL_APIKEY"] as const;

/**
 * The account of each destination. `keys` is the variable of its key, then those that stand in for it; any of `signs`
 * shows, `asked` says in words, that there is an account; `apiUrl` is the variable of its address. What `write` writes
 * `read` reads back as the same.
 */
export const accounts = [
  {
    name: "datadog",
    keys: datadogKeys,
    signs: [...datadogKeys, "DATADOG_SITE", "DD_SITE"],
    asked: "DATADOG_API_KEY (or DATADOG_SITE)",
    apiUrl: "DATADOG_API_URL",
    read: (read: Reader) => ({ datadog: readDatadog(read) }),
    write: ({ datadog }: Accounts) =>
      datadog && {
        DATADOG_API_KEY: datadog.apiKey,
        DATADOG_SITE: datadog.site,
        DATADOG_API_URL: datadog.apiUrl,
        DATADOG_HISTORICAL: datadog.historical.join(","),
      },
  },
  {
    name: "mackerel",
    keys: mackerelKeys,
    signs: [...mackerelKeys, "MACKEREL_SERVICE"],
    asked: "MACKEREL_API_KEY and MACKEREL_SERVICE",
    apiUrl: "MACKEREL_API_URL",
    read: (read: Reader) => ({ mackerel: readMackerel(read) }),
    write: ({ mackerel }: Accounts) =>
      mackerel && {
        MACKEREL_API_KEY: mackerel.apiKey,
        MACKEREL_SERVICE: mackerel.service,
        MACKEREL_SERVICES: mackerel.services.join(","),
      },
  },
] as const;

/** The variables of the keys. */
export const accountKeys = accounts.map(({ keys: [key] }) => key);

export function readAccounts(read: Reader): Accounts {
  let all: Accounts = {};
  for (const account of accounts) all = { ...all, ...account.read(read) };
  return all;
}

export const writeAccounts = (config: Accounts): Record<string, string> =>
  Object.fromEntries(accounts.flatMap(({ write }) => Object.entries(write(config) ?? {})));

function readDatadog(read: Reader): Accounts["datadog"] {
  const site = read.oneOf(read.first("DATADOG_SITE", "DD_SITE"), "datadoghq.com", datadogSites);
  const apiUrl = read.url("DATADOG_API_URL", datadogApiUrl(site));
  const historical = read.list("DATADOG_HISTORICAL");
  const apiKey = read.secret(read.first(...datadogKeys));
  return apiKey === undefined ? undefined : { apiKey, apiUrl, site, historical };
}

export const mackerelApiUrl = "https://api.mackerelio.com";

const serviceNameRule = "2-63 letters, digits, _ or -, starting with a letter or digit";

function readMackerel(read: Reader): Accounts["mackerel"] {
  const service = read.text("MACKEREL_SERVICE");
  const services = read.list("MACKEREL_SERVICES");
  if (service !== undefined) read.check("MACKEREL_SERVICE", service, serviceName, serviceNameRule);
  for (const each of services)
    read.check("MACKEREL_SERVICES", each, serviceName, `names of ${serviceNameRule}`);
  const apiKey = read.secret(read.first(...mackerelKeys));
  if (apiKey === undefined) return undefined;
  if (service === undefined) {
    read.problems.push("MACKEREL_SERVICE must be the service that points go to; it is not set");
    return undefined;
  }
  const apiUrl = read.url("MACKEREL_API_URL", mackerelApiUrl);
  return { apiKey, apiUrl, service, services: [...new Set([service, ...services])] };
}
