/**
 * A message with a frame around it, so that one sees where it begins and ends among other lines.
 */
export function box(title: string, text: string): string {
  const lines = text.split('\n').map((line) => `  │ ${line}`.trimEnd());
  return [`  ┌ ${title}`, ...lines, '  └'].join('\n');
}
