/**
 * A Slack message about as Slack shows it. https://docs.slack.dev/reference/block-kit/blocks
 */
import { element } from './element.js';

/** Slack's own marks come escaped; bold is what the message's own labels use, at the start of a field. */
const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function markdown({ text }) {
  const label = /^\*([^*\n]+)\*\n/.exec(text);
  if (label === null) return [plain(text)];
  return [element('b', null, plain(label[1])), element('span', null, plain(text.slice(label[0].length)))];
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
    { 'aria-label': 'Slack message' },
    element('div.avatar', null, 'M'),
    element(
      'div.message',
      null,
      element('div.sender', null, element('b', null, 'Millrace'), element('span.app', null, 'APP')),
      element(`div.blocks.${severity}`, null, message.blocks.map(block)),
    ),
  );
}
