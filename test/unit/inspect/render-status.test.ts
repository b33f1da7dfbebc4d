import { expect, test } from 'vitest';
import { renderStatus } from '../../../src/inspect/render-status.ts';

const lines = [
  {
    gatewayClass: 'egress',
    gateway: 'platform/a',
    addresses: ['192.0.2.100'],
    owner: 'node-1',
    since: '2026-01-02T03:04:05Z',
    standbys: ['node-2'],
    pods: 3,
    state: 'Programmed',
    problems: [],
    group: 1,
    tunnelAddress: '198.19.255.241',
  },
  {
    gatewayClass: 'egress',
    gateway: 'shop/b',
    addresses: [],
    standbys: [],
    state: 'Pending',
    problems: ['Programmed: Pending: waits'],
  },
];
const now = Date.UTC(2026, 0, 2, 4, 4, 5);

test('a table, and below it what is wrong', () => {
  expect(
    renderStatus(lines, { wide: false, now }),
  ).toBe(`CLASS   GATEWAY     STATE       ADDRESSES    OWNER   SINCE  STANDBYS  PODS
egress  platform/a  Programmed  192.0.2.100  node-1  60m    node-2    3
egress  shop/b      Pending     -            -       -      -         -

shop/b: Programmed: Pending: waits
`);
});

test('wide: what the data plane goes by; nothing at all is said, too', () => {
  expect(renderStatus(lines.slice(0, 1), { wide: true, now })).toContain('GROUP  TUNNEL\n');
  expect(renderStatus(lines.slice(0, 1), { wide: true, now })).toMatch(/3 {5}1 {6}198\.19\.255\.241\n$/);
  expect(renderStatus([], { wide: false, now })).toBe('no Gateway of a class of ours\n');
});
