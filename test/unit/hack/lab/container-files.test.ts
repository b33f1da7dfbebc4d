import { expect, it } from 'vitest';
import { containerFiles } from '../../../../hack/lab/container-files.ts';

const lab = { root: '/image', bundles: { previous: '/somewhere/else.mjs' } };
const own = { root: '/image', bundle: '/run/lab/bundle' };
const other = { root: '/', bundle: '/run/lab/bundles/previous' };

it.each([
  ['sallyport', own],
  ['sallyport:0.1.0', own],
  ['sallyport:toString', own],
  ['registry.example:5000/previous/sallyport', own],
  ['sallyport:previous', other],
  ['registry.example:5000/team/sallyport:previous@sha256:0f', other],
])('%s', (image, files) => {
  expect(containerFiles(image, lab)).toEqual(files);
});
