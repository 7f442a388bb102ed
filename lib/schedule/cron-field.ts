export interface FieldRule {
  readonly min: number;
  readonly max: number;
  /** Other words for the numbers, from `min` on. */
  readonly names: readonly string[];
}

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const daysOfMonth: FieldRule = { min: 1, max: 31, names: [] };
const daysOfWeek: FieldRule = { min: 1, max: 7, names: weekdays };

/** A field of lists, ranges and steps, as croner reads it in its Quartz mode; undefined where it is none. */
export function readField(text: string, rule: FieldRule): string | undefined {
  const parts = text.split(",").map((part) => readPart(part, rule));
  return parts.every((part) => part !== undefined) ? parts.join(",") : undefined;
}

export function readDayOfMonth(text: string): string | undefined {
  if (text === "?" || text === "L" || text === "LW") return text;
  const nearest = /^(\d{1,2})W$/.exec(text);
  if (!nearest) return readField(text, daysOfMonth);
  const day = readNumber(nearest[1] ?? "", daysOfMonth);
  return day === undefined ? undefined : `${day}W`;
}

/** `L` alone is the week's last day; `6L` the month's last Friday, croner's `6#L`. */
export function readDayOfWeek(text: string): string | undefined {
  if (text === "?") return text;
  if (text === "L") return String(daysOfWeek.max);
  const special = /^(\w+?)(?:L|#([1-5]))$/.exec(text);
  const day = special && readNumber(special[1] ?? "", daysOfWeek);
  if (special && day !== undefined && day !== null) return `${day}#${special[2] ?? "L"}`;
  return readField(text, daysOfWeek);
}

/** Names become numbers, and `5/10` the range from 5 up to the field's end, which is what AWS means by it. */
function readPart(text: string, rule: FieldRule): string | undefined {
  const [, range = "", step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(text) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > rule.max)) return undefined;
  const suffix = step === undefined ? "" : `/${Number(step)}`;
  if (range === "*") return `*${suffix}`;
  const [first, last, ...rest] = range.split("-").map((word) => readNumber(word, rule));
  if (first === undefined || rest.length > 0) return undefined;
  if (!range.includes("-")) return step === undefined ? String(first) : `${first}-${rule.max}${suffix}`;
  return last === undefined || last < first ? undefined : `${first}-${last}${suffix}`;
}

function readNumber(word: string, { min, max, names }: FieldRule): number | undefined {
  const name = names.indexOf(word.toUpperCase());
  const number = name === -1 ? Number(word) : name + min;
  return (name !== -1 || /^\d{1,4}$/.test(word)) && number >= min && number <= max ? number : undefined;
}
