/** The tag that holds what the methodological checks found of a run, as JSON. */
export const CHECKS = 'mltrack.checks';

/** The tag that holds what autologging could not record, a sentence a line. */
export const NOTES = 'mltrack.autolog.notes';

/** The tag that says what was raised where a run FAILED. */
export const ERROR = 'mltrack.error';

/** What a check found of a run, and why it may matter. */
export interface IFinding {
  check: string;
  text: string;
  reason: string;
}

/** The findings in a run's tags; none when the tag is not what we write. */
export function findingsOf(tags: Record<string, string>): IFinding[] {
  let found: unknown;
  try {
    found = JSON.parse(tags[CHECKS] ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(found) ? found.filter(isFinding) : [];
}

/** The notes in a run's tags. */
export function notesOf(tags: Record<string, string>): string[] {
  return (tags[NOTES] ?? '').split('\n').filter(line => line.trim());
}

/** What is typed in a notebook to switch a check off. */
export function switchOff(check: string): string {
  return `%mltrack autolog checks.${check}=off`;
}

function isFinding(value: unknown): value is IFinding {
  const one = value as IFinding | null;
  return [one?.check, one?.text, one?.reason].every(part => typeof part === 'string');
}
