import { expect, test } from 'vitest';
import { slackText } from './slack-text.ts';

test.each([
  [
    'blocks, in order',
    {
      text: 'short',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Pages load slowly' } },
        { type: 'section', fields: [{ type: 'mrkdwn', text: '*Value*\n9000' }] },
        { type: 'section', text: { type: 'mrkdwn', text: 'one\ntwo' } },
        {
          type: 'context',
          elements: [
            { type: 'mrkdwn', text: '<http://127.0.0.1:8485/?a=1&amp;b=2|Open in the console>' },
            { type: 'mrkdwn', text: 'page-load-slow v1' },
          ],
        },
      ],
    },
    'Pages load slowly\n*Value* 9000\none\ntwo\nOpen in the console: http://127.0.0.1:8485/?a=1&b=2\npage-load-slow v1',
  ],
  ['its text where there are no blocks', { text: 'a &lt;b&gt; &amp;amp;' }, 'a <b> &amp;'],
  ['nothing it does not know', { text: 'x', blocks: [{ type: 'divider' }, 7, null] }, 'x'],
])('shows %s', (_name, payload, expected) => {
  expect(slackText(payload)).toBe(expected);
});
