/** The tag that holds a run's note: MLflow's, so that its own UI shows the same text. */
export const NOTE = 'mlflow.note.content';

/** The tag that marks a run as starred; its value is `true`. */
export const STAR = 'mltrack.starred';

export function isStarred(tags: Record<string, string>): boolean {
  return tags[STAR] === 'true';
}

/** The tags people set, without those that tools keep for themselves. */
export function ownTags(tags: Record<string, string>): [string, string][] {
  return Object.entries(tags)
    .filter(([key]) => !/^(mlflow|mltrack)\./.test(key))
    .sort(([a], [b]) => a.localeCompare(b));
}

/** Write tags for editing, one `key = value` a line. */
export function tagsToText(tags: Record<string, string>): string {
  return ownTags(tags)
    .map(([key, value]) => `${key} = ${value.replace(/\n/g, '\\n')}`)
    .join('\n');
}

/** The change from `tags` to what was typed; null takes a tag away. */
export function textToPatch(
  tags: Record<string, string>,
  text: string
): Record<string, string | null> {
  const typed = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [key = '', ...rest] = line.split('=');
    if (key.trim()) {
      typed.set(key.trim(), rest.join('=').trim().replace(/\\n/g, '\n'));
    }
  }
  const patch: Record<string, string | null> = {};
  for (const [key, value] of typed) {
    if (tags[key] !== value) {
      patch[key] = value;
    }
  }
  for (const [key] of ownTags(tags)) {
    if (!typed.has(key)) {
      patch[key] = null;
    }
  }
  return patch;
}
