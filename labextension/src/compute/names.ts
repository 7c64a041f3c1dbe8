/** A name as autologging gives it: the estimator's class and the arguments it was given. */
const ESTIMATOR = /^([\w.]+)\((.*)\)$/s;

/**
 * Shorten names that stand together to what tells them apart.
 *
 * `LogisticRegression(C=0.1, max_iter=500)` beside others of its class becomes `C=0.1`: in a narrow
 * column only the common beginning would be seen. One with nothing of its own keeps the class.
 * Other names stay as they are.
 */
export function shortNames(names: string[]): string[] {
  const parts = names.map(name => {
    const [, kind = '', text = ''] = ESTIMATOR.exec(name) ?? [];
    return { kind, list: splitArguments(text) };
  });
  return parts.map(({ kind, list }, index) => {
    const family = parts.filter(part => part.kind === kind);
    if (!kind || family.length < 2) {
      return names[index]!;
    }
    const own = list.filter(one => !family.every(part => part.list.includes(one)));
    return own.join(', ') || kind;
  });
}

/** Split at the commas between arguments, not at those inside brackets. */
function splitArguments(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let current = '';
  for (const letter of text) {
    depth += '([{'.includes(letter) ? 1 : ')]}'.includes(letter) ? -1 : 0;
    if (letter === ',' && depth === 0) {
      found.push(current.trim());
      current = '';
    } else {
      current += letter;
    }
  }
  return [...found, current.trim()].filter(Boolean);
}
