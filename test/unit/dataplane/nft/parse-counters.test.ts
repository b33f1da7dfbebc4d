import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countedSince, parseCounters } from '../../../../src/dataplane/nft/parse-counters.ts';

// As nft 1.0.6 prints it.
const text = `{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
 {"counter": {"family": "inet", "name": "sent_513", "table": "sallyport", "handle": 4, "packets": 7, "bytes": 448}},
 {"counter": {"family": "inet", "name": "held", "table": "sallyport", "handle": 5, "packets": 0, "bytes": 0}}]}`;

test('counters by name', () => {
  expect([...parseCounters(text)]).toEqual([
    ['sent_513', { packets: 7, bytes: 448 }],
    ['held', { packets: 0, bytes: 0 }],
  ]);
});

test('whatever is printed, only counts come of it', () => {
  for (const bad of ['', '{', 'null', '{"nftables": {}}', '{"nftables": [null, {"counter": []}]}']) {
    expect(parseCounters(bad).size).toBe(0);
  }
  expect(parseCounters('{"nftables": [{"counter": {"name": "a", "packets": -1, "bytes": 0}}]}').size).toBe(0);
  fc.assert(fc.property(fc.json(), (json) => parseCounters(json).size >= 0));
});

test('what was counted between two looks; one that is smaller was made anew', () => {
  const of = (packets: number, bytes: number) => ({ packets, bytes });
  expect(countedSince(undefined, of(3, 300))).toEqual(of(3, 300));
  expect(countedSince(of(3, 300), of(5, 450))).toEqual(of(2, 150));
  expect(countedSince(of(3, 300), of(1, 60))).toEqual(of(1, 60));
});
