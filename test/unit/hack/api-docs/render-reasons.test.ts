import { expect, it } from 'vitest';
import { renderReasons } from '../../../../hack/api-docs/render-reasons.ts';

it('every reason is a row under the title of its object', () => {
  const { name, text } = renderReasons([
    {
      title: 'Thing',
      reasons: {
        ThingReady: { type: 'Ready', status: 'True', reason: 'Fine', when: 'all is well', message: 'it is {what}' },
        ThingBroken: {
          type: 'Ready',
          status: 'False',
          reason: 'Broken',
          when: 'it | is not',
          message: 'see `nft list`',
          event: 'Warning',
        },
      },
    },
  ]);
  expect(name).toBe('conditions.md');
  expect(text).toContain(
    [
      '## Thing',
      '',
      '| condition | reason | when | message | code | Event |',
      '| --- | --- | --- | --- | --- | --- |',
      '| `Ready` True | `Fine` | all is well | it is {what} | `ThingReady` |  |',
      '| `Ready` False | `Broken` | it \\| is not | see `nft list` | `ThingBroken` | Warning |',
    ].join('\n'),
  );
});
