import { describe, expect, it } from 'vitest';
import { createSandboxBook } from '../../../src/cri/book.ts';

const status = (id: string, uid: string, addresses: readonly string[], ready = true) => ({
  id,
  uid,
  addresses,
  links: [],
  ready,
});

describe('the book of sandboxes', () => {
  it('asks for addresses that it does not know, and keeps them', () => {
    const book = createSandboxBook();
    const list = [
      { id: 'a', uid: 'u', ready: true },
      { id: 'b', uid: 'v', ready: false },
    ];
    expect(book.list(book.begin(), list)).toEqual(['a']);
    expect(book.addresses().size).toBe(0);
    book.status(book.begin(), 'a', status('a', 'u', ['10.0.0.2']));
    expect(book.list(book.begin(), list)).toEqual([]);
    expect([...book.addresses()]).toEqual([['u', ['10.0.0.2']]]);
    expect(book.addresses()).toBe(book.addresses());
  });

  it('forgets what a list does not have, unless it was learnt after the question', () => {
    const book = createSandboxBook();
    book.status(book.begin(), 'old', status('old', 'u', ['10.0.0.2']));
    const asked = book.begin();
    book.status(book.begin(), 'new', status('new', 'v', ['10.0.0.3']));
    book.list(asked, []);
    expect([...book.addresses().keys()]).toEqual(['v']);
  });

  it('believes no answer to a question that is older than the end', () => {
    const book = createSandboxBook();
    const [one, all] = [book.begin(), book.begin()];
    book.end('a');
    book.status(one, 'a', status('a', 'u', ['10.0.0.2']));
    expect(book.list(all, [{ id: 'a', uid: 'u', ready: true }])).toEqual([]);
    expect(book.addresses().size).toBe(0);
    book.status(book.begin(), 'a', status('a', 'u', ['10.0.0.2']));
    expect(book.addresses().size).toBe(1);
  });

  it('takes an address away from whoever had it before, and asks about that one', () => {
    const book = createSandboxBook();
    book.status(book.begin(), 'a', status('a', 'u', ['10.0.0.2', 'fd00::2']));
    expect(book.status(book.begin(), 'b', status('b', 'v', ['10.0.0.2']))).toEqual(['a']);
    expect([...book.addresses()]).toEqual([['v', ['10.0.0.2']]]);
  });

  it('gives the same list as long as a Pod keeps its addresses', () => {
    const book = createSandboxBook();
    book.status(book.begin(), 'a', status('a', 'u', ['10.0.0.2']));
    const before = book.addresses();
    book.status(book.begin(), 'b', status('b', 'v', ['10.0.0.3']));
    expect(book.addresses()).not.toBe(before);
    expect(book.addresses().get('u')).toBe(before.get('u'));
  });

  it('removes a sandbox that is not ready, not there, or answered for another', () => {
    for (const answer of [undefined, status('a', 'u', [], false), status('b', 'u', ['10.0.0.9'])]) {
      const book = createSandboxBook();
      book.status(book.begin(), 'a', status('a', 'u', ['10.0.0.2']));
      book.status(book.begin(), 'a', answer);
      expect(book.addresses().size).toBe(0);
    }
  });
});
