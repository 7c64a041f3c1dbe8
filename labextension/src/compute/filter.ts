const OPERATOR = /[=<>]|\b(?:NOT\s+)?(?:I?LIKE|IN|CONTAINS)\b|\bIS\s+(?:NOT\s+)?NULL\b/i;

/**
 * Turn what was typed into a filter of the search grammar.
 *
 * Plain words, which hold no operator outside quotes, look for a run by its name.
 */
export function toFilter(text: string): string {
  const typed = text.trim();
  if (typed === '' || OPERATOR.test(withoutQuoted(typed))) {
    return typed;
  }
  return `attributes.run_name ILIKE ${quote(`%${typed}%`)}`;
}

/** Where in the text the server found the mistake; null when its message does not say. */
export function errorPosition(message: string, length: number): number | null {
  const found = /\bposition (\d+)/.exec(message);
  if (found) {
    return Math.min(Number(found[1]), length);
  }
  return /\bat the end\b/.test(message) ? length : null;
}

/** What one may go on typing after `text`: identifiers that begin as its last word does. */
export function completions(text: string, identifiers: string[], limit = 8): string[] {
  const word = /[^\s=<>!()'"]*$/.exec(text)?.[0] ?? '';
  if (word === '') {
    return [];
  }
  const start = word.toLowerCase();
  const wanted = identifiers.filter(name => {
    const key = name.toLowerCase();
    return key !== start && (key.startsWith(start) || key.split('.')[1]?.startsWith(start));
  });
  return wanted.slice(0, limit).map(name => text.slice(0, text.length - word.length) + name);
}

/** Name a metric, param or tag in the grammar; keys with other characters stand in backticks. */
export function identifier(kind: 'metrics' | 'params' | 'tags', key: string): string {
  return /^\w+$/.test(key) ? `${kind}.${key}` : `${kind}.\`${key}\``;
}

function withoutQuoted(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '');
}

function quote(text: string): string {
  return text.includes("'") ? `"${text.replace(/"/g, '')}"` : `'${text}'`;
}
