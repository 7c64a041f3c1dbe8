import type { IParamDifference } from '../api/types';

/** Whether a param's text is an object written out with its arguments, or holds such objects. */
export function isWrittenOut(value: string): boolean {
  return /[\w>]\(/.test(value);
}

/**
 * Set apart the params that are whole objects, where others tell a difference too.
 *
 * `model = LogisticRegression(C=0.1)` says again what `model__C` says, and at length.
 */
export function splitParams(params: IParamDifference[]): {
  plain: IParamDifference[];
  objects: IParamDifference[];
} {
  const isObject = (param: IParamDifference) =>
    param.values.some(value => value !== null && isWrittenOut(value));
  const plain = params.filter(param => !isObject(param));
  const objects = params.filter(isObject);
  return plain.some(param => param.differs)
    ? { plain, objects }
    : { plain: [...plain, ...objects], objects: [] };
}
