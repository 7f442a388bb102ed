/**
 * Whoever writes a schedule means nothing before this year. Not the present one: what was right once must not become
 * wrong with time, for a function reads its configuration at each start.
 */
const firstYear = 2026;

const lastYear = 2199;

/** Whether a pattern of seven fields has any day from 2026 on; every month is taken to have its day of the week. */
export function everComes(pattern: string): boolean {
  const [, , , dayOfMonth = "", month = "", , year = ""] = pattern.split(" ");
  const months = valuesOf(month, 1, 12);
  const day = firstDayOf(dayOfMonth);
  return valuesOf(year, 1970, lastYear)
    .filter((each) => each >= firstYear)
    .some((each) => months.some((one) => day <= daysIn(each, one)));
}

/** The earliest day that is named; `?`, `L` and `LW` are in every month. */
function firstDayOf(field: string): number {
  return /^(?:\?|LW?)$/.test(field) ? 1 : Math.min(...valuesOf(field.replace("W", ""), 1, 31));
}

/** Of a list of numbers, ranges and steps. */
function valuesOf(field: string, min: number, max: number): number[] {
  return field.split(",").flatMap((part) => {
    const [range = "", step = "1"] = part.split("/");
    const [first = min, last = first] = range === "*" ? [min, max] : range.split("-").map(Number);
    return numbers(first, last, Number(step));
  });
}

function numbers(first: number, last: number, step: number): number[] {
  const found: number[] = [];
  for (let value = first; value <= last; value += step) found.push(value);
  return found;
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
