import { datadogSites, datadogApiUrl } from "../destinations/datadog-sites.ts";
import { serviceName } from "../destinations/mackerel-name.ts";
import type { Reader } from "./reader.ts";

export interface DatadogConfig {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly site: string;
  /** Metric names, or `*`. */
  readonly historical: readonly string[];
}

export interface MackerelConfig {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly service: string;
  /** Services that a record or a delivery may name; always holds `service`. */
  readonly services: readonly string[];
}

export const mackerelApiUrl = "https://api.mackerelio.com";

const serviceNameRule = "2-63 letters, digits, _ or -, starting with a letter or digit";

export function readDatadog(read: Reader): DatadogConfig | undefined {
  const site = read.oneOf(read.first("DATADOG_SITE", "DD_SITE"), "datadoghq.com", datadogSites);
  const apiUrl = read.url("DATADOG_API_URL", datadogApiUrl(site));
  const historical = read.list("DATADOG_HISTORICAL");
  const apiKey = read.secret(read.first("DATADOG_API_KEY", "DD_API_KEY"));
  return apiKey === undefined ? undefined : { apiKey, apiUrl, site, historical };
}

export function readMackerel(read: Reader): MackerelConfig | undefined {
  const service = read.text("MACKEREL_SERVICE");
  const services = read.list("MACKEREL_SERVICES");
  if (service !== undefined) read.check("MACKEREL_SERVICE", service, serviceName, serviceNameRule);
  for (const each of services)
    read.check("MACKEREL_SERVICES", each, serviceName, `names of ${serviceNameRule}`);
  const apiKey = read.secret(read.first("MACKEREL_API_KEY", "MACKEREL_APIKEY"));
  if (apiKey === undefined) return undefined;
  if (service === undefined) {
    read.problems.push("MACKEREL_SERVICE must be the service that points go to; it is not set");
    return undefined;
  }
  const apiUrl = read.url("MACKEREL_API_URL", mackerelApiUrl);
  return { apiKey, apiUrl, service, services: [...new Set([service, ...services])] };
}

export const writeDatadog = (datadog: DatadogConfig): Record<string, string> => ({
  DATADOG_API_KEY: datadog.apiKey,
  DATADOG_SITE: datadog.site,
  DATADOG_API_URL: datadog.apiUrl,
  DATADOG_HISTORICAL: datadog.historical.join(","),
});

export const writeMackerel = (mackerel: MackerelConfig): Record<string, string> => ({
  MACKEREL_API_KEY: mackerel.apiKey,
  MACKEREL_SERVICE: mackerel.service,
  MACKEREL_SERVICES: mackerel.services.join(","),
});
