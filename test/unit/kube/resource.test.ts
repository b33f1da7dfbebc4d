import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf, nameOfKey } from '../../../src/kube/object.ts';
import { apiVersionOf, collectionPath, objectPath, type ResourceRef } from '../../../src/kube/resource.ts';

const configMaps: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const roles: ResourceRef = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

test('core and named groups, namespaced and cluster-scoped', () => {
  expect(apiVersionOf(configMaps)).toBe('v1');
  expect(apiVersionOf(roles)).toBe('rbac.authorization.k8s.io/v1');
  expect(collectionPath(configMaps)).toBe('/api/v1/configmaps');
  expect(collectionPath(configMaps, 'shop')).toBe('/api/v1/namespaces/shop/configmaps');
  expect(objectPath(configMaps, { namespace: 'shop', name: 'a' }, 'status')).toBe(
    '/api/v1/namespaces/shop/configmaps/a/status',
  );
  expect(objectPath(roles, { name: 'system:node' })).toBe(
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
  );
});

test('a namespace where none belongs, and none where one belongs', () => {
  expect(() => collectionPath(roles, 'shop')).toThrow(/ClusterRole is cluster-scoped/);
  expect(() => objectPath(configMaps, { name: 'a' })).toThrow(/ConfigMap a is namespaced/);
});

test.each([
  '',
  '.',
  '..',
  'a/b',
  '../secrets',
  'a%2fb',
  'a?watch=true',
  'a#b',
  'a b',
  'a\n',
  '\0',
  'a\\b',
  '\ud800',
  'x'.repeat(254),
])('the hostile name %j is refused', (name) => {
  expect(() => objectPath(configMaps, { namespace: 'shop', name })).toThrow(RangeError);
  expect(() => objectPath(configMaps, { namespace: name, name: 'a' })).toThrow(RangeError);
  expect(() => collectionPath({ ...configMaps, plural: name })).toThrow(RangeError);
});

test('no name changes the shape of the path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
      let path: string;
      try {
        path = objectPath(configMaps, { namespace: 'shop', name });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      const { pathname, search, hash } = new URL(path, 'http://api');
      expect([pathname, search, hash]).toEqual([path, '', '']);
      expect(decodeURIComponent(pathname.split('/').at(-1) ?? '')).toBe(name);
      expect(pathname.split('/')).toHaveLength(7);
    }),
  );
});

test('keys and names are each other’s inverse', () => {
  for (const at of [{ namespace: 'shop', name: 'a' }, { name: 'system:node' }])
    expect(nameOfKey(keyOf(at))).toEqual(at);
});
