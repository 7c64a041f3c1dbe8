/** A line of a unified diff with its numbers in the two texts; null where it is not in one. */
export interface IDiffLine {
  kind: 'same' | 'added' | 'removed' | 'hunk';
  before: number | null;
  after: number | null;
  text: string;
}

/** Read a unified diff; file headings are dropped, the caller shows names of its own. */
export function parseDiff(diff: string): IDiffLine[] {
  const lines: IDiffLine[] = [];
  let before = 0;
  let after = 0;
  let inHunk = false;
  for (const line of diff.split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)/.exec(line);
    if (hunk) {
      [before, after, inHunk] = [Number(hunk[1]), Number(hunk[2]), true];
      lines.push({ kind: 'hunk', before: null, after: null, text: (hunk[3] ?? '').trim() });
    } else if (inHunk && line !== '' && !line.startsWith('\\')) {
      const text = line.slice(1);
      if (line.startsWith('+')) {
        lines.push({ kind: 'added', before: null, after: after++, text });
      } else if (line.startsWith('-')) {
        lines.push({ kind: 'removed', before: before++, after: null, text });
      } else {
        lines.push({ kind: 'same', before: before++, after: after++, text });
      }
    }
  }
  return lines;
}
