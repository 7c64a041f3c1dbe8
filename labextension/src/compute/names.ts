import type { IRun } from '../api/types';
import { groupBy } from './group';
import { isWrittenOut } from './params';

/** A run's name beside other runs' names. */
export interface ILabel {
  /** What may be cut where there is little room. */
  head: string;
  /** What tells the run from the others; '' when the head does. */
  tail: string;
  /** As little as tells the runs apart, for places that show them together. */
  short: string;
}

type Named = Pick<IRun, 'run_id' | 'run_name' | 'params'>;

/** A part of a name as autologging gives it: a class, an argument, or the class of an argument. */
interface IPart {
  /** Where it stands: `/1` is the second thing in the brackets, `/1/C` an argument of that. */
  path: string;
  /** The argument's own name; '' for a class. */
  key: string;
  text: string;
}

interface INamed {
  run: Named;
  /** The class without its arguments; '' when the name is not of that form. */
  kind: string;
  classes: IPart[];
  values: IPart[];
}

const ESTIMATOR = /^([\w.]+)\((.*)\)$/s;
/** The name of an argument, at the beginning of a label or after a comma. */
const PAIR = /(?<=^|, )([A-Za-z]\w*)=/g;
/** Params longer than this tell a reader nothing in a label. */
const LONGEST_VALUE = 24;

/**
 * Label runs that stand together by what tells them apart.
 *
 * `Pipeline(StandardScaler, LogisticRegression(C=0.1))` beside others that are made of the same
 * classes becomes `Pipeline… C=0.1`, or `C=0.1` in short. Runs whose names are equal are told apart
 * by a param in which they differ, or else by the beginning of their id.
 */
export function labelRuns(runs: readonly Named[]): ILabel[] {
  const parsed = runs.map(parse);
  const heads = new Array<string>(runs.length);
  const tails = new Array<string>(runs.length).fill('');
  for (const [kind, kin] of groupBy(places(runs), i => parsed[i]!.kind)) {
    const families = groupBy(kin, i => parsed[i]!.classes.map(one => one.text).join(' '));
    const titles = familyTitles([...families.values()].map(one => parsed[one[0]!]!.classes));
    [...families.values()].forEach((family, f) => {
      const values = kind && family.length > 1 ? ownValues(family.map(i => parsed[i]!)) : null;
      family.forEach((i, k) => {
        heads[i] = values ? titles[f]! : runs[i]!.run_name;
        tails[i] = values?.[k] ?? '';
        if (values && tails[i]) {
          heads[i] += '…';
        }
      });
    });
  }
  tellEqualsApart(runs, heads, tails);
  const text = (i: number) => labelText({ head: heads[i]!, tail: tails[i]! });
  const shorts = heads.map((head, i) => (tails[i]!.startsWith('· ') ? text(i) : tails[i]! || head));
  const counts = groupBy(places(runs), i => shorts[i]!);
  return heads.map((head, i) => {
    const isAlone = counts.get(shorts[i]!)!.length === 1;
    return { head, tail: tails[i]!, short: isAlone ? shorts[i]! : text(i) };
  });
}

/** A label whose parts can stand beside each other. */
export function spaced(label: Pick<ILabel, 'head' | 'tail'>): Pick<ILabel, 'head' | 'tail'> {
  return { head: label.head, tail: label.tail && ` ${label.tail}` };
}

/** The whole of a label. */
export function labelText(label: Pick<ILabel, 'head' | 'tail'>): string {
  return label.tail ? `${label.head} ${label.tail}` : label.head;
}

/**
 * Split a metric's or param's name before its last words, which tell it from its like.
 *
 * Of `accuracy_score_X_test` and `accuracy_score_X_train` the ends differ.
 */
export function splitKey(key: string): Pick<ILabel, 'head' | 'tail'> {
  const [, head = key, tail = ''] = /^(.+?)([^a-z0-9]+.{1,7})$/is.exec(key) ?? [];
  return { head, tail };
}

/**
 * Shorten the names in `max_depth=7, min_samples_leaf=20`, where several are in the way of values.
 *
 * Of `max_depth` remains `depth`, as long as no two names of the list end alike.
 */
export function shortenPairs(labels: readonly string[]): string[] {
  const names = new Set(labels.flatMap(label => [...label.matchAll(PAIR)].map(found => found[1]!)));
  const end = (name: string) => name.slice(name.lastIndexOf('_') + 1) || name;
  const isClear = new Set([...names].map(end)).size === names.size;
  const isLong = labels.some(label => label.includes(', '));
  return labels.map(label =>
    isClear && isLong ? label.replace(PAIR, (_, name: string) => `${end(name)}=`) : label
  );
}

/** Split `min_samples_leaf=20` before its value, which tells it from its like. */
export function splitPair(label: string): Pick<ILabel, 'head' | 'tail'> {
  const [, head = label, tail = ''] = /^([\w, ]+)(=[^=()]{1,12})$/.exec(label) ?? [];
  return { head, tail };
}

/** The last part of a param's name: `C` of `logisticregression__C`. */
function lastName(key: string): string {
  return key.split('__').pop() || key;
}

function parse(run: Named): INamed {
  const classes: IPart[] = [];
  const values: IPart[] = [];
  const visit = (text: string, path: string): void => {
    const [, kind, rest = ''] = ESTIMATOR.exec(text) ?? [];
    classes.push({ path, key: '', text: kind ?? text });
    let place = 0;
    for (const argument of splitArguments(rest)) {
      const [, key] = /^([\w.]+)=/.exec(argument) ?? [];
      if (key) {
        values.push({ path: `${path}/${key}`, key, text: argument.slice(key.length + 1) });
      } else {
        visit(argument, `${path}/${place++}`);
      }
    }
  };
  if (ESTIMATOR.test(run.run_name)) {
    visit(run.run_name, '');
  }
  return { run, kind: classes[0]?.text ?? '', classes, values };
}

/** Name families of one class by the last of their inner classes that not all of them have. */
function familyTitles(families: IPart[][]): string[] {
  const outer = families[0]?.[0]?.text ?? '';
  const isShared = (part: IPart) => families.every(one => one.some(other => isSame(part, other)));
  const own = families.map(classes => classes.filter(part => !isShared(part)));
  const last = own.map(parts => parts[parts.length - 1]?.text ?? outer);
  const isClear = new Set(last).size === last.length;
  return isClear ? last : own.map(parts => parts.map(part => part.text).join(', ') || outer);
}

/** The arguments of each that not all of a family have alike. */
function ownValues(family: INamed[]): string[] {
  const id = (part: IPart) => `${part.path}=${part.text}`;
  const counts = groupBy(
    family.flatMap(one => one.values),
    id
  );
  const isOwn = (part: IPart) => counts.get(id(part))!.length < family.length;
  const differing = new Map<string, IPart>();
  for (const part of family.flatMap(one => one.values)) {
    if (isOwn(part)) {
      differing.set(part.path, part);
    }
  }
  const paths = groupBy([...differing.values()], part => lastName(part.key));
  const name = (part: IPart) => {
    const short = lastName(part.key);
    return paths.get(short)!.length === 1 ? short : part.key;
  };
  return family.map(one => {
    const own = one.values.filter(isOwn).map(part => `${name(part)}=${part.text}`);
    return (own.length ? own : defaults(one, [...differing.values()], name)).join(', ');
  });
}

/** A name leaves out what is at its default; the run's params have it. */
function defaults(one: INamed, differing: IPart[], name: (part: IPart) => string): string[] {
  return differing.flatMap(part => {
    const owner = one.classes.find(other => part.path === `${other.path}/${part.key}`);
    const candidates = Object.keys(one.run.params).filter(
      key => key === part.key || key.endsWith(`__${part.key}`)
    );
    const key =
      candidates.find(found => found === `${owner?.text.toLowerCase()}__${part.key}`) ??
      (candidates.length === 1 ? candidates[0] : undefined);
    const value = key === undefined ? undefined : one.run.params[key];
    return value !== undefined && isBrief(value) ? [`${name(part)}=${value}`] : [];
  });
}

/** Where labels are equal, add the first param that tells the runs apart, or their ids. */
function tellEqualsApart(runs: readonly Named[], heads: string[], tails: string[]): void {
  const text = (i: number) => labelText({ head: heads[i]!, tail: tails[i]! });
  const add = (i: number, more: string) => {
    tails[i] = tails[i] ? `${tails[i]} · ${more}` : `· ${more}`;
  };
  for (const equal of groupBy(places(runs), text).values()) {
    const key = equal.length > 1 ? tellingParam(equal.map(i => runs[i]!.params)) : null;
    if (key !== null) {
      equal.forEach(i => add(i, `${lastName(key)}=${runs[i]!.params[key] ?? '–'}`));
    }
  }
  for (const equal of groupBy(places(runs), text).values()) {
    if (equal.length > 1) {
      equal.forEach(i => add(i, runs[i]!.run_id.slice(0, 8)));
    }
  }
}

/** The param with most different values, the first of several; null when none differs. */
function tellingParam(params: Record<string, string>[]): string | null {
  const values = new Map<string, Set<string>>();
  const long = new Set<string>();
  const counts = new Map<string, number>();
  for (const record of params) {
    for (const [key, value] of Object.entries(record)) {
      const set = values.get(key) ?? new Set();
      values.set(key, set.add(value));
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!isBrief(value)) {
        long.add(key);
      }
    }
  }
  let best: string | null = null;
  let most = 1;
  for (const [key, set] of values) {
    const kinds = set.size + (counts.get(key)! < params.length ? 1 : 0);
    if (kinds > most && !long.has(key)) {
      [best, most] = [key, kinds];
    }
  }
  return best;
}

function isBrief(value: string): boolean {
  return value.length <= LONGEST_VALUE && !isWrittenOut(value) && !value.includes('\n');
}

function isSame(a: IPart, b: IPart): boolean {
  return a.path === b.path && a.text === b.text;
}

function places(list: readonly unknown[]): number[] {
  return list.map((_, index) => index);
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
