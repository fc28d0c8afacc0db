/**
 * Numbers as a line of text, one block each: `▁▁▂▁▇`.
 */
const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** From the smallest of them, or 0 where that is smaller, to the largest. Empty for fewer than two: they show no trend. */
export function sparkline(series: readonly number[]): string {
  if (series.length < 2) return '';
  const low = Math.min(0, ...series);
  const span = Math.max(0, ...series) - low;
  return series
    .map((number) => BLOCKS[span === 0 ? 0 : Math.round(((number - low) / span) * (BLOCKS.length - 1))])
    .join('');
}
