/** A name as autologging gives it: the estimator's class and the arguments it was given. */
const ESTIMATOR = /^([\w.]+)\((.*)\)$/s;

/**
 * Shorten names that stand together to what tells them apart.
 *
 * `LogisticRegression(C=0.1, max_iter=500)` beside others of the class becomes `C=0.1`: in a narrow
 * column only the common beginning would be seen. Other names stay as they are.
 */
export function shortNames(names: string[]): string[] {
  const parts = names.map(name => ESTIMATOR.exec(name));
  const classes = new Set(parts.map(part => part?.[1]));
  if (names.length < 2 || classes.size > 1 || classes.has(undefined)) {
    return names;
  }
  const lists = parts.map(part => splitArguments(part?.[2] ?? ''));
  const isCommon = (argument: string) => lists.every(list => list.includes(argument));
  return lists.map((list, index) => {
    const own = list.filter(argument => !isCommon(argument));
    return (own.length ? own : list).join(', ') || names[index]!;
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
