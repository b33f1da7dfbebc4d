import { expect, test } from 'vitest';
import { parseAnswers } from '../../../../src/dataplane/neighbour/parse.ts';

const listing = (...sets: readonly object[]) => JSON.stringify({ nftables: [{ metainfo: {} }, ...sets] });
const timed = (...concat: readonly string[]) => ({ elem: { val: { concat }, timeout: 10, expires: 9 } });

test('answers of both families, with and without a timeout, canonical', () => {
  const text = listing(
    { table: { name: 'sallyport-ask' } },
    {
      set: {
        name: 'answers4',
        elem: [
          timed('eth0', '192.0.2.100', '02:AB:00:00:00:01'),
          { concat: ['eth1', '192.0.2.100', '02:ab:00:00:00:02'] },
        ],
      },
    },
    { set: { name: 'answers6', elem: [timed('eth0', '2001:db8:0::1', '02:ab:00:00:00:01')] } },
  );
  expect(parseAnswers(text)).toEqual([
    { device: 'eth0', address: '192.0.2.100', mac: '02:ab:00:00:00:01' },
    { device: 'eth1', address: '192.0.2.100', mac: '02:ab:00:00:00:02' },
    { device: 'eth0', address: '2001:db8::1', mac: '02:ab:00:00:00:01' },
  ]);
});

test('no answers, and what is no answer', () => {
  expect(
    parseAnswers(
      listing(
        { set: { name: 'answers4' } },
        { set: { elem: ['x', { concat: ['eth0', 'nobody', 'y'] }, { concat: ['eth0', '192.0.2.1'] }, null] } },
      ),
    ),
  ).toEqual([]);
  expect(() => parseAnswers('{}')).toThrow(SyntaxError);
  expect(() => parseAnswers('nothing')).toThrow(SyntaxError);
});

test('what nft 1.0.6 printed, interactively, of two hosts with one address', () => {
  const set = (name: string, type: string, elements: string) =>
    `{"set": {"family": "netdev", "name": "${name}", "table": "sallyport-ask", "type": ["ifname", "${type}", "ether_addr"], "handle": 2, "size": 8192, "flags": ["timeout"], "timeout": 2, "elem": [${elements}]}}`;
  const element = (address: string, host: number) =>
    `{"elem": {"val": {"concat": ["eth0", "${address}", "02:00:00:00:00:0${host}"]}, "expires": 0}}`;
  const text = `{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "netdev", "name": "sallyport-ask", "handle": 1}}, ${set('answers4', 'ipv4_addr', `${element('192.0.2.100', 1)}, ${element('192.0.2.100', 2)}`)}, ${set('answers6', 'ipv6_addr', element('2001:db8::1', 1))}, {"chain": {"family": "netdev", "table": "sallyport-ask", "name": "in0", "handle": 1, "type": "filter", "hook": "ingress", "prio": 0, "policy": "accept"}}, {"rule": {"family": "netdev", "table": "sallyport-ask", "chain": "in0", "handle": 4, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "arp", "field": "operation"}}, "right": "reply"}}, {"set": {"op": "update", "elem": {"concat": [{"meta": {"key": "iifname"}}, {"payload": {"protocol": "arp", "field": "saddr ip"}}, {"payload": {"protocol": "arp", "field": "saddr ether"}}]}, "set": "@answers4"}}]}}]}`;
  expect(parseAnswers(text)).toEqual([
    { device: 'eth0', address: '192.0.2.100', mac: '02:00:00:00:00:01' },
    { device: 'eth0', address: '192.0.2.100', mac: '02:00:00:00:00:02' },
    { device: 'eth0', address: '2001:db8::1', mac: '02:00:00:00:00:01' },
  ]);
});
