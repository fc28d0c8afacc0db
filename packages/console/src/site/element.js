/**
 * Making elements. Text becomes text nodes and nothing else, whatever it holds; attributes are names of this code's
 * choosing, and none of them runs or leads out of the page.
 */
const ATTRIBUTES = new Set([
  'class',
  'href',
  'title',
  'datetime',
  'open',
  'aria-current',
  'aria-label',
  'role',
  'selected',
  'value',
  'viewBox',
  'points',
  'cx',
  'cy',
  'r',
  'type',
]);
const SVG = new Set(['svg', 'polyline', 'circle']);

/**
 * @param {string} tag with classes: `span.badge.firing`
 * @param {Record<string, string> | null} attributes
 * @param {...(Node | string | number | null | undefined | false | unknown[])} children what is nothing is left out
 */
export function element(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = SVG.has(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name);
  if (classes.length > 0) node.setAttribute('class', classes.join(' '));
  for (const [attribute, value] of Object.entries(attributes ?? {})) {
    if (!ATTRIBUTES.has(attribute)) throw new Error(`no attribute ${attribute}`);
    if (attribute === 'href' && !/^[#?]/.test(value)) throw new Error('links stay in the page');
    node.setAttribute(attribute, value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}
