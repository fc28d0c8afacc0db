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
  const inner = [text, ...(Array.isArray(fields) ? fields : []), ...(Array.isArray(elements) ? elements : [])];
  return inner.flatMap((one) => {
    if (typeof one === 'string') return [one];
    return isObject(one) && typeof one.text === 'string' ? [one.text.replaceAll('\n', ' ')] : [];
  });
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null;
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
