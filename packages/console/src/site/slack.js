/**
 * A Slack message about as Slack shows it. https://docs.slack.dev/reference/block-kit/blocks
 */
import { element } from './element.js';

const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** What a message's own marks are: a link, which text of events cannot be because its `<` comes escaped; bold. */
const MARKS = /<(https?:\/\/[^|>\s]+)\|([^>]*)>|(?<![^\s])\*([^*\n]+)\*(?![^\s])/g;

function markdown({ text }) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    const [whole, url, label, bold] = match;
    nodes.push(plain(text.slice(end, match.index)));
    nodes.push(url ? element('span.link', { title: plain(url) }, plain(label)) : element('b', null, plain(bold)));
    end = match.index + whole.length;
  }
  return [...nodes, plain(text.slice(end))];
}

function block({ type, text, fields, elements }) {
  switch (type) {
    case 'header':
      return element('h4', null, plain(text.text));
    case 'section':
      return [
        text && element('p', null, markdown(text)),
        fields &&
          element(
            'div.fields',
            null,
            fields.map((field) => element('div', null, markdown(field))),
          ),
      ];
    case 'context':
      return element(
        'p.context',
        null,
        elements.map((one) => element('span', null, markdown(one))),
      );
    default:
      return null;
  }
}

/** @param {{ blocks: object[] }} message @param {string} severity */
export function slackPreview(message, severity) {
  return element(
    'div.slack',
    { role: 'figure', 'aria-label': 'Slack message' },
    element('div.avatar', null, 'M'),
    element(
      'div.message',
      null,
      element('div.sender', null, element('b', null, 'Millrace'), element('span.app', null, 'APP')),
      element(`div.blocks.${severity}`, null, message.blocks.map(block)),
    ),
  );
}
