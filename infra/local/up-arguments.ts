import { UsageError, type StreamAttribute, type StreamKey, type StreamUrl } from "./arguments.ts";

/** What `up` was given, as the command line reads it. */
export interface UpArguments {
  readonly stream: readonly StreamUrl[];
  readonly accessKey: readonly StreamKey[];
  readonly attribute: readonly StreamAttribute[];
}

/** A stream that delivers to somebody else's endpoint. */
export interface ForeignStream {
  readonly name: string;
  readonly url: string;
  readonly accessKey?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The streams that were asked for, each with its key and attributes.
 * @throws UsageError where a key or an attribute belongs to none of them.
 */
export function toStreams({ stream, accessKey, attribute }: UpArguments): ForeignStream[] {
  const names = new Set(stream.map((each) => each.stream));
  const stray = [...accessKey, ...attribute].find((each) => !names.has(each.stream));
  if (stray !== undefined) {
    throw new UsageError(`there is no --stream ${stray.stream}=URL for its --access-key or --attribute`);
  }
  return stream.map(({ stream: name, url }) => {
    const key = accessKey.findLast((each) => each.stream === name)?.accessKey;
    const own = attribute.filter((each) => each.stream === name);
    return {
      name,
      url,
      ...(key !== undefined && { accessKey: key }),
      attributes: Object.fromEntries(own.map((each) => [each.key, each.value])),
    };
  });
}
