/** Whether a param's text is an object written out with its arguments, or holds such objects. */
export function isWrittenOut(value: string): boolean {
  return /[\w>]\(/.test(value);
}
