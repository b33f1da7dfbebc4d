import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import { describeKinds, sortSources } from '../../../src/migrate/sort-sources.ts';

const objects = (...lines: readonly string[]) =>
  readDocuments('in.yaml', lines.map((line) => `${line}\n`).join('---\n')).objects;
const egress = '{apiVersion: crd.antrea.io/v1beta1, kind: Egress, metadata: {name: NAME}}';
const deployment = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: NAME, namespace: shop}}';
const named = (text: string, name: string) => text.replace('NAME', name);

describe('sortSources', () => {
  test('sorts by name, and takes the last of several of one name', () => {
    const { own, notes } = sortSources(objects(named(egress, 'b'), named(egress, 'a'), named(egress, 'b')), 'antrea');
    expect(own.map(({ name, line }) => `${name} ${line}`)).toEqual(['a 3', 'b 5']);
    expect(notes).toEqual([
      {
        effect: 'ignored',
        origin: { file: 'in.yaml', line: 1, kind: 'Egress', name: 'b' },
        message: 'is there again in in.yaml:5, which counts',
      },
    ]);
  });

  test.each([
    [
      'another peer',
      named(egress, 'a'),
      'crd.antrea.io/v1beta1 Egress belongs to another peer: give --from antrea for it',
    ],
    [
      'a kind that is not read',
      '{apiVersion: k8s.ovn.org/v1, kind: EgressQoS, metadata: {name: a}}',
      'k8s.ovn.org/v1 EgressQoS is not translated; --from ovn reads k8s.ovn.org/v1 EgressIP',
    ],
    [
      'another version',
      '{apiVersion: k8s.ovn.org/v7, kind: EgressIP, metadata: {name: a}}',
      'k8s.ovn.org/v7 EgressIP is not translated; --from ovn reads k8s.ovn.org/v1 EgressIP',
    ],
    ['something else', named(deployment, 'a'), 'apps/v1 Deployment is none of the kinds that --from ovn reads'],
    [
      'a Service of kube-vip',
      '{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {kube-vip.io/egress: "true"}}}',
      'v1 Service belongs to another peer: give --from kube-vip for it',
    ],
    [
      'a Service',
      '{apiVersion: v1, kind: Service, metadata: {name: a}}',
      'v1 Service is none of the kinds that --from ovn reads',
    ],
  ])('says of %s what it is', (_, text, message) => {
    const { own, notes } = sortSources(objects(text), 'ovn');
    expect(own).toEqual([]);
    expect(notes.map((note) => `${note.effect}: ${note.message}`)).toEqual([`ignored: ${message}`]);
  });

  test('says it once for all of a kind', () => {
    const { notes } = sortSources(objects(...['a', 'b', 'c'].map((name) => named(deployment, name))), 'ovn');
    expect(notes.map(({ message }) => message)).toEqual([
      'apps/v1 Deployment is none of the kinds that --from ovn reads (and 2 more, the last Deployment shop/c)',
    ]);
  });
});

test('describeKinds', () => {
  expect(describeKinds('antrea')).toBe('Egress, ExternalIPPool');
  expect(describeKinds('spidernet')).toBe('EgressGateway, EgressPolicy, EgressClusterPolicy');
  expect(describeKinds('kube-vip')).toBe('Service with the annotation kube-vip.io/egress');
});
