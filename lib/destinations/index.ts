import type { Config } from "../config.ts";
import type { Accounts } from "../config/accounts.ts";
import type { Send } from "../send.ts";
import { datadog } from "./datadog.ts";
import type { Destination, Outlet } from "./destination.ts";
import { mackerel } from "./mackerel.ts";

/** Every destination with an account at a service, made from the configuration; undefined where it has none. */
export const destinations: Readonly<Record<string, (config: Config) => Destination | undefined>> = {
  datadog: (config) => config.datadog && datadog(config.datadog),
  mackerel: (config) => config.mackerel && mackerel(config.mackerel),
} satisfies Record<keyof Accounts, (config: Config) => unknown>;

/** The outlets of a configuration by the endpoint's path; undefined where the service is not configured. */
export function outletsOf(config: Config, send: Send): Record<string, Outlet | undefined> {
  const outlets: Record<string, Outlet | undefined> = {};
  for (const [name, make] of Object.entries(destinations)) {
    const destination = make(config);
    outlets[`/${name}`] = destination && { destination, send };
  }
  return outlets;
}

/** The outlet of whichever Mackerel account an access key opens, where the configuration allows that. */
export function passthroughOf(
  config: Config,
  send: Send,
): ((apiKey: string, service: string) => Outlet) | undefined {
  if (!config.passthrough) return undefined;
  const apiUrl = config.mackerelApiUrl;
  return (apiKey, service) => ({ destination: mackerel({ apiKey, apiUrl, service, services: [] }), send });
}
