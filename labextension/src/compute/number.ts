/** A float as the API writes it: NaN and the infinities are strings, which JSON has no word for. */
export type WireNumber = number | string;

/** Return the float a wire number stands for; anything unexpected is NaN. */
export function toFloat(value: WireNumber | null | undefined): number {
  return value === null || value === undefined || value === '' ? NaN : Number(value);
}

/** Write a number as a table shows it: about four significant digits, never longer than 10. */
export function formatNumber(value: WireNumber | null | undefined): string {
  if (value === null || value === undefined) {
    return '';
  }
  const number = toFloat(value);
  if (!Number.isFinite(number)) {
    return Number.isNaN(number) ? 'NaN' : number > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return minus(number.toExponential(2).replace('e+', 'e'));
  }
  if (Number.isInteger(number)) {
    return minus(String(number));
  }
  return minus(size >= 1000 ? number.toFixed(1) : String(Number(number.toPrecision(4))));
}

/** A hyphen is narrower than the digits; the real minus lines up. */
function minus(text: string): string {
  return text.replace(/^-/, '−').replace('e-', 'e−');
}

/** Write a size in bytes for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
