import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { toModule } from '../../scripts/types.mjs';

it('the types are those of the schema', () => {
  const read = (name: string) => readFileSync(`src/api/${name}`, 'utf8');
  expect(toModule(read('schema.json'))).toBe(read('types.ts'));
});
