const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago `time` was, as short as a narrow column needs it: `now`, `4m`, `3h`, `5d`, `2y`. */
export function formatAgo(time: number, now: number): string {
  const age = now - time;
  const steps: [number, number, string][] = [
    [MINUTE, SECOND, 's'],
    [HOUR, MINUTE, 'm'],
    [DAY, HOUR, 'h'],
    [365 * DAY, DAY, 'd'],
    [Infinity, 365 * DAY, 'y']
  ];
  if (age < 5 * SECOND) {
    return 'now';
  }
  const [, unit, letter] = steps.find(([limit]) => age < limit) ?? steps[4]!;
  return `${Math.floor(age / unit)}${letter}`;
}

/** How long something took: `380 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) {
    return `${Math.max(0, Math.round(ms))} ms`;
  }
  if (ms < MINUTE) {
    return `${(ms / SECOND).toFixed(1)} s`;
  }
  const [big, small, bigUnit, smallUnit]: [number, number, string, string] =
    ms < HOUR ? [MINUTE, SECOND, 'min', 's'] : [HOUR, MINUTE, 'h', 'min'];
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigUnit}` + (rest ? ` ${rest} ${smallUnit}` : '');
}

/** The time of day of today's moments, the date as well of older ones, in the reader's locale. */
export function formatMoment(time: number, now: number): string {
  const moment = new Date(time);
  const sameDay = moment.toDateString() === new Date(now).toDateString();
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  return sameDay
    ? moment.toLocaleTimeString(undefined, clock)
    : moment.toLocaleString(undefined, { month: 'short', day: 'numeric', ...clock });
}

/** The whole date and time, for titles. */
export function formatFull(time: number): string {
  return new Date(time).toLocaleString();
}
