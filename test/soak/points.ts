/** What is put: a point each identity, from which alone follow its record, its text and its fate. */
export const destinations = ["mackerel", "datadog"] as const;
export type SoakDestination = (typeof destinations)[number];

export const pointsPerRecord = 100;

/** Identities are the values of points: numbers of 8 digits, so that they are found in whatever is kept. */
export const firstId = 10_000_000;

export type Fate = "delivered" | "rejected" | "expired";

/** Why a point is as it is, and what has to become of it. */
export const fates = {
  good: "delivered",
  broken: "rejected",
  "bad-name": "rejected",
  "bad-value": "rejected",
  refused: "rejected",
  elsewhere: "rejected",
  collision: "rejected",
  "too-old": "expired",
} as const satisfies Readonly<Record<string, Fate>>;

export type Kind = keyof typeof fates;

export const forms = ["lines", "array", "together", "gzip", "text", "datadog-v1", "datadog-v2"] as const;
export type Form = (typeof forms)[number];

export const recordOf = (id: number): number => Math.floor((id - firstId) / pointsPerRecord);
export const destinationOf = (record: number): SoakDestination => (record % 2 === 0 ? "mackerel" : "datadog");
export const formOf = (record: number): Form => forms[Math.floor(record / 2) % forms.length] ?? "lines";
export const idsOf = (record: number): number[] =>
  Array.from({ length: pointsPerRecord }, (_, at) => firstId + record * pointsPerRecord + at);

const isHydrant = (form: Form): boolean => ["lines", "array", "together", "gzip"].includes(form);
const placeOf = (id: number): number => (id - firstId) % pointsPerRecord;

/** The first point of the series of four that a point of a v2 body is in; else itself. */
export function seriesHead(id: number): number {
  const isInSeries = formOf(recordOf(id)) === "datadog-v2" && placeOf(id) % 10 < 4;
  return isInSeries ? id - (placeOf(id) % 10) : id;
}

/** In each record of Hydrant's own form the last point looks to the service like the one before it. */
const isPair = (id: number): boolean => isHydrant(formOf(recordOf(id))) && placeOf(id) >= pointsPerRecord - 2;

/** Thousandths of the points, by a hash of the identity; the rest is good. */
const shares: readonly (readonly [Kind, number])[] = [
  ["broken", 10],
  ["bad-name", 10],
  ["bad-value", 10],
  ["too-old", 10],
  ["elsewhere", 10],
  ["refused", 1],
];

export function kindOf(id: number): Kind {
  if (isPair(id)) return placeOf(id) === pointsPerRecord - 1 ? "collision" : "good";
  if (seriesHead(id) !== id) return id - seriesHead(id) === 1 ? "too-old" : "good";
  const isHead = formOf(recordOf(id)) === "datadog-v2" && placeOf(id) % 10 === 0;
  let left = isHead ? 1000 : Math.imul(id, 2_654_435_761) >>> 0;
  left %= 1000;
  for (const [kind, share] of isHead ? [] : shares) {
    left -= share;
    if (left < 0) return isPossible(kind, id) ? kind : "good";
  }
  return "good";
}

/** Only Mackerel knows services, and only Hydrant's own form can name one. */
function isPossible(kind: Kind, id: number): boolean {
  const record = recordOf(id);
  return kind !== "elsewhere" || (destinationOf(record) === "mackerel" && isHydrant(formOf(record)));
}

export const tagsOf = (id: number): readonly string[] => {
  if (!isHydrant(formOf(recordOf(id)))) return [];
  const isAtMackerel = destinationOf(recordOf(id)) === "mackerel";
  if (isPair(id)) {
    if (!isAtMackerel) return [];
    return [kindOf(id) === "collision" ? "path:a-b" : "path:a/b"];
  }
  return id % 3 === 0 ? [`shard:s${id % 8}`] : [];
};

/** The name as it is put; that of a collision differs from its neighbour's by what Datadog cannot tell apart. */
export function nameOf(id: number): string {
  const isAtMackerel = destinationOf(recordOf(id)) === "mackerel";
  const head = isPair(id) ? id - (placeOf(id) - (pointsPerRecord - 2)) : seriesHead(id);
  const name = `soak.${head.toString(36)}`;
  if (isPair(id) && !isAtMackerel) return kindOf(id) === "collision" ? `${name}.a-b` : `${name}.a_b`;
  const kind = kindOf(id);
  if (kind === "bad-name") return isAtMackerel ? `soak!${head.toString(36)}` : `9${name}`;
  return kind === "refused" ? `${name}.refused` : name;
}

/** What the stand-ins refuse by a rule of their own. */
export const isRefusedName = (name: string): boolean => /\.refused(?:\.|$)/.test(name);

/** The tags of one pair are alike but for Mackerel's rule; every name there ends with the tags' values. */
export function nameAtService(id: number): string {
  if (destinationOf(recordOf(id)) === "datadog") return nameOf(id);
  const values = tagsOf(id).map((tag) => tag.slice(tag.indexOf(":") + 1).replace("/", "-"));
  return [nameOf(id), ...values].join(".");
}

const oldSeconds = { mackerel: 90_000, datadog: 7_200 } as const;

/** Epoch seconds of a point in a record of that time. */
export function timeOf(id: number, recordTime: number): number {
  const time = recordTime - (id - seriesHead(id));
  return kindOf(id) === "too-old" ? time - oldSeconds[destinationOf(recordOf(id))] : time;
}
