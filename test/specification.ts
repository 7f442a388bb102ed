import { endpointSections } from "./specification/endpoint.ts";
import { firehoseSections } from "./specification/firehose.ts";
import type { Section } from "./specification/section.ts";

/** Every rule of Firehose's delivery and of the endpoint, each with the test that proves it. */
export const specification: readonly Section[] = [...firehoseSections, ...endpointSections];
