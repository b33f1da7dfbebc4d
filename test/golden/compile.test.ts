import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { settleAll } from '../support/apply-plan.ts';
import { loadSnapshot } from '../support/load-snapshot.ts';
import { renderOutcome } from '../support/render-outcome.ts';
import { withUnknownFields } from '../support/unknown-fields.ts';

const folder = join(import.meta.dirname, 'compile');
const base = readFileSync(join(folder, 'base.yaml'), 'utf8');
const cases = globSync('*/in.yaml', { cwd: folder }).map((path) => basename(dirname(path)));

test('there are cases', () => expect(cases.length).toBeGreaterThanOrEqual(10));

// UPDATE_GOLDEN=1 rewrites the expectations: read the difference before committing it.
test.each(cases.sort())('%s', (name) => {
  const { plan, snapshot } = settleAll(loadSnapshot(base, readFileSync(join(folder, name, 'in.yaml'), 'utf8')));
  const outcome: unknown = JSON.parse(JSON.stringify(renderOutcome(plan, snapshot)));
  const text = stringify(outcome, { lineWidth: 140, aliasDuplicateObjects: false });
  const path = join(folder, name, 'out.yaml');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
});

test.each(cases.sort())('%s: the same where a version to come has written more', (name) => {
  const { plan, snapshot } = settleAll(loadSnapshot(base, readFileSync(join(folder, name, 'in.yaml'), 'utf8')));
  const { claims, placements, ruleSets, egressNodes, reports } = snapshot;
  const written = withUnknownFields({ claims, placements, ruleSets, egressNodes, reports });
  const again = settleAll({ ...snapshot, ...written });
  expect(renderOutcome(again.plan, snapshot)).toEqual(renderOutcome(plan, snapshot));
});
