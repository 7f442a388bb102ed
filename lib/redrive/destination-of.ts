import { streamsOf, type Config } from "../config.ts";
import type { Destination } from "../destinations/destination.ts";
import { destinations } from "../destinations/index.ts";

/** Where a stream of this installation delivers to; undefined for the preview and for streams it does not know. */
export function destinationOf(stream: string, config: Config): Destination | undefined {
  const known = streamsOf(config).find(({ name }) => name === stream);
  return known && destinations[known.destination]?.(config);
}

/** How long nothing must have failed before a redrive: a failing stream backs up once a buffer. */
export const quietMsOf = ({ buffer }: Config): number => Math.max(300, 2 * buffer.seconds) * 1000;
