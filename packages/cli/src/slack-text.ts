/**
 * A posted Slack message as a terminal can show it: the texts of its blocks, in order.
 * https://docs.slack.dev/reference/block-kit/blocks
 */
type Properties = Readonly<Record<string, unknown>>;

export function slackText(payload: Properties): string {
  const blocks = Array.isArray(payload.blocks) ? payload.blocks.flatMap(textsOf) : [];
  return unescaped(blocks.length > 0 ? blocks.join('\n') : String(payload.text));
}

function textsOf(block: unknown): string[] {
  if (!isObject(block)) return [];
  const { text, fields, elements } = block;
  const beside = [...(Array.isArray(fields) ? fields : []), ...(Array.isArray(elements) ? elements : [])];
  return [...textOf(text), ...beside.flatMap(textOf).map((one) => one.replaceAll('\n', ' '))];
}

function textOf(object: unknown): string[] {
  if (typeof object === 'string') return [object];
  return isObject(object) && typeof object.text === 'string' ? [object.text] : [];
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null;
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function unescaped(text: string): string {
  const links = text.replace(/<(https?:[^|>\s]+)\|([^>]*)>/g, '$2: $1');
  return links.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
