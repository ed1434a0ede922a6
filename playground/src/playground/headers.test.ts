import { expect, test, vi } from 'vitest';

vi.mock('../api/credential', () => ({ authorization: () => undefined }));
const { filledIn, firstHeaders, withCredential } = await import('./headers');

test('the editor begins with what the pages send, or with room for it', () => {
  expect(JSON.parse(firstHeaders('Bearer t'))).toEqual({ Authorization: 'Bearer t' });
  expect(JSON.parse(firstHeaders())).toEqual({ Authorization: '' });
});

test('what is left empty is not sent', () => {
  expect(filledIn({ Authorization: '', 'X-Other': 'x' })).toEqual({ 'X-Other': 'x' });
  expect(filledIn()).toEqual({});
});

test('a credential of the editor goes before that of the pages', () => {
  expect(withCredential({ authorization: 'Bearer own' }, 'Bearer t')).toEqual({
    authorization: 'Bearer own',
  });
  expect(withCredential({ 'X-Other': 'x' }, 'Bearer t')).toEqual({
    'X-Other': 'x',
    Authorization: 'Bearer t',
  });
  expect(withCredential({})).toEqual({});
});
