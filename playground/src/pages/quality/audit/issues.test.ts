import { expect, test } from 'vitest';
import { issuesOf } from './issues';

test.each([
  [null, null],
  [[], null],
  ['no greeting', [[['', 'no greeting']]]],
  [
    ['no greeting', 3],
    [[['', 'no greeting']], [['', '3']]],
  ],
  [
    [{ rule: 'greeting', comment: 'none', at: null }],
    [
      [
        ['rule', 'greeting'],
        ['comment', 'none'],
      ],
    ],
  ],
  [[{ rule: { id: 1 } }], '[\n  {\n    "rule": {\n      "id": 1\n    }\n  }\n]'],
])('%j', (given, read) => {
  expect(issuesOf(given)).toEqual(read);
});
