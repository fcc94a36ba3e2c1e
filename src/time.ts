// Points in time as texts. The engine of the native executable has no Date.

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** As in `2026-11-27T21:05:09.123Z` (RFC 3339), from milliseconds since 1970. */
export function formatTime(milliseconds: number): string {
  const days = Math.floor(milliseconds / dayMilliseconds);
  const rest = milliseconds - days * dayMilliseconds;
  const { year, month, day } = findDate(days);
  const [hours, minutes, seconds] = [3600000, 60000, 1000].map(
    (unit) => Math.floor(rest / unit) % (unit === 3600000 ? 24 : 60),
  );
  const pad = (value: number | undefined, width: number) => String(value).padStart(width, "0");
  const date = [pad(year, 4), pad(month, 2), pad(day, 2)].join("-");
  const time = [hours, minutes, seconds].map((value) => pad(value, 2)).join(":");
  return `${date}T${time}.${pad(Math.floor(rest) % 1000, 3)}Z`;
}

/** In the calendar, from days since 1970. */
function findDate(days: number) {
  const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  let [year, left] = [1970, days];
  for (let length = 365; left >= length; year++, length = isLeap(year) ? 366 : 365) left -= length;
  let month = 0;
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  for (const length of lengths) {
    if (left < length) break;
    left -= length;
    month++;
  }
  return { year, month: month + 1, day: left + 1 };
}
