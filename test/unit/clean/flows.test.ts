import { describe, expect, it } from 'vitest';
import { flowSigns, ourFlows } from '../../../src/clean/flows.ts';
import type { Flow } from '../../../src/dataplane/conntrack/model.ts';
import { marksOf, tables } from '../../../src/dataplane/desired/names.ts';
import { parseCidr } from '../../../src/net/cidr.ts';

const rule = (mask: number) => ({
  ...{ family: 4 as const, priority: 100, table: tables.tunnel, mark: { value: 0, mask: marksOf(mask).group } },
});

function flow(change: Partial<Flow>): Flow {
  const [source, destination] = ['10.244.1.2', '203.0.113.7'];
  return {
    ...{ family: 4, protocol: 6, source, destination, mark: 0, assured: true, replied: true },
    reply: { source: destination, destination: source },
    ...change,
  };
}

describe('flowSigns', () => {
  it.each([0x1fff, 0x1fff << 8, (0x1fff << 19) >>> 0])('knows the mask %x from the rules', (mask) => {
    expect(flowSigns({ rules: [rule(mask)], routes: [] })).toEqual({ mask: mask >>> 0, transit: [] });
  });

  it('knows the transit ranges from their blackholes, not from others', () => {
    const hole = (table: number) => ({
      family: 4 as const,
      table,
      destination: '198.18.0.0/15',
      kind: 'blackhole' as const,
    });
    const { mask, transit } = flowSigns({ rules: [], routes: [hole(tables.main), hole(1102)] });
    expect([mask, transit]).toEqual([0, [parseCidr('198.18.0.0/15')]]);
  });
});

describe('ourFlows', () => {
  const signs = { mask: 0x1fff, transit: [parseCidr('198.18.0.0/15')].filter((each) => each !== undefined) };
  const reply = (destination: string) => ({ source: '203.0.113.7', destination });

  it.each([
    ['marked', flow({ mark: 0x0201 }), true],
    ['of a transit address', flow({ source: '198.18.32.1' }), true],
    ['translated to one', flow({ reply: reply('198.18.32.1') }), true],
    ["with another program's mark", flow({ mark: 0x4000 }), false],
    ['of a Pod that nobody translated', flow({}), false],
    ['of the next range', flow({ source: '198.20.0.1' }), false],
  ])('one that is %s', (_, each, ours) => {
    expect(ourFlows([each], signs)).toEqual(ours ? [each] : []);
  });

  it('none where nothing is known', () => {
    expect(ourFlows([flow({ mark: 1 })], { mask: 0, transit: [] })).toEqual([]);
  });
});
